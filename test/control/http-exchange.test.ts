import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AgentClient, Refused, Unreachable } from '../../lib/control/client';
import { SUMMARY } from './answers';

/** Something at a socket that answers whatever is asked with these octets, in these pieces, and hangs up. */
const folder = mkdtempSync(join(tmpdir(), 'peerform-exchange-'));
const socket = join(folder, 'agent.sock');
let asked = '';
let pieces: readonly string[] = [];
let isSilent = false;
let server: Server;
beforeAll(async () => {
  server = createServer((connection) => {
    connection.setEncoding('utf8').on('data', (text: string) => {
      asked += text;
    });
    connection.on('error', () => {});
    connection.once('data', async () => {
      if (isSilent) return;
      for (const piece of pieces) {
        connection.write(piece);
        await new Promise((resolve) => setImmediate(resolve));
      }
      connection.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  [asked, pieces, isSilent] = ['', [], false];
});

const answered = (...said: string[]) => {
  pieces = said;
  return new AgentClient(`unix://${socket}`, 60_000).summary().catch((error) => error);
};

const said = JSON.stringify(SUMMARY);

test('an answer is whole however it comes', async () => {
  const length = `ngth: ${said.length}\r\n\r`;
  expect(await answered('HTTP/1.1 200 O', 'K\r\nContent-Le', length, `\n${said.slice(0, 9)}`, said.slice(9))).toEqual(
    SUMMARY,
  );
  expect(asked).toMatch(/^GET \/v1\/summary HTTP\/1\.0\r\n/);
});

test('an answer without a length ends with the connection', async () => {
  expect(await answered(`HTTP/1.1 200 OK\r\n\r\n${said}`)).toEqual(SUMMARY);
});

test.each([
  ['hangs up', [], 'it closed the connection'],
  ['ends within its answer', ['HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"node":'], 'not an agent'],
  ['speaks something else', ['220 mail.example ESMTP\r\n'], 'not an agent'],
  ['answers with something else', ['HTTP/1.1 200 OK\r\n\r\n<html>'], 'not an agent'],
  ['fails without a reason', ['HTTP/1.1 500 Oh\r\n\r\noh'], 'answered 500 without a reason'],
])('what %s is not reached', async (_, said, why) => {
  const error = await answered(...said);
  expect(error).toBeInstanceOf(Unreachable);
  expect(error.message).toContain(why);
});

test('a refusal is told with its code', async () => {
  const body = '{"error":{"code":"busy","message":"later"}}';
  const error = await answered(`HTTP/1.1 409 Conflict\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
  expect(error).toBeInstanceOf(Refused);
  expect(error).toMatchObject({ code: 'busy', message: 'later' });
});

test('one that is silent is waited for no longer than was said', async () => {
  isSilent = true;
  const error = await new AgentClient(`unix://${socket}`, 300).summary().catch((error) => error);
  expect(error).toBeInstanceOf(Unreachable);
  expect(error.message).toMatch(/no answer within [\d.]+ s$/); // a busy machine is late
});

test('a question that nobody waits for any more is taken back', async () => {
  isSilent = true;
  const stop = new AbortController();
  const summary = new AgentClient(`unix://${socket}`, 60_000, stop.signal).summary();
  stop.abort();
  await expect(summary).rejects.toBeInstanceOf(Unreachable);
});

test('a refusal of a release lists the fields that the agent does not know; in one of an older agent they are named', async () => {
  const refuse = async (code: string, message: string, fields?: unknown) => {
    const body = JSON.stringify({ error: { code, message, fields } });
    return answered(`HTTP/1.1 409 Conflict\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
  };
  const message = 'edition: there is no field edition. Remove it.; peers.a.bfd: there is no field bfd. Remove it.';
  expect((await refuse('invalid', message)).unknownFields).toEqual(['edition', 'bfd']);
  expect((await refuse('busy', message)).unknownFields).toEqual([]);
  expect((await refuse('invalid', message, ['edition'])).unknownFields).toEqual(['edition']);
  expect((await refuse('invalid', message, [])).unknownFields).toEqual([]);
});

test('what is not reached is told with the code of the system', async () => {
  const endpoint = `unix://${folder}/none.sock`;
  const error = await new AgentClient(endpoint).summary().catch((error) => error);
  expect(error).toMatchObject({ name: 'Unreachable', endpoint, code: 'ENOENT' });
});
