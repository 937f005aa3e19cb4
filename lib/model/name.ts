const NAME = /^[a-zA-Z0-9]([a-zA-Z0-9._-]{0,61}[a-zA-Z0-9])?$/;

/** Whether a text can be the name of a fabric or of anything in it. */
export const isName = (text: string): boolean => NAME.test(text);
