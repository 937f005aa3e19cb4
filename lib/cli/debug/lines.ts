import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { printableJson } from '../../model/printable';

/** Result for an invalid line. */
export interface LineError {
  readonly error: { readonly code: string; readonly message: string };
}

/** Result for a line that cannot be processed. */
export const lineError = (code: string, message: string): LineError => ({ error: { code, message } });

/** A tool's result for a JSON value. */
export type LineTool = (input: unknown) => unknown;

/** The JSON result for a line of text, without a newline. Never throws. */
export const answerLine = (line: string, tool: LineTool): string => printableJson(answerTo(line, tool));

function answerTo(line: string, tool: LineTool): string {
  let input: unknown;
  try {
    input = JSON.parse(line);
  } catch (error) {
    return JSON.stringify(lineError('json', `the line is not valid JSON: ${messageOf(error)}`));
  }
  try {
    return JSON.stringify(tool(input) ?? null);
  } catch (error) {
    return JSON.stringify(lineError('internal', messageOf(error)));
  }
}

/**
 * Reads JSON values from `input`, one per line, and writes one line of JSON for each to `output`, in order and at once.
 * Applies back-pressure; ends silently if the reader has closed. Blank lines are skipped.
 */
export async function driveLines(tool: LineTool, input: Readable, output: Writable): Promise<void> {
  let gone = false;
  output.on('error', () => {
    gone = true;
  });
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (gone) break;
    if (line.trim() === '') continue;
    if (!output.write(`${answerLine(line, tool)}\n`)) await drained(output);
  }
}

function drained(output: Writable): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      for (const event of ['drain', 'close', 'error']) output.off(event, done);
      resolve();
    };
    for (const event of ['drain', 'close', 'error']) output.on(event, done);
  });
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
