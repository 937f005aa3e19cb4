/** Quotes a word for bash and zsh. */
export const shellWord = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
