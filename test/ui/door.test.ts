import { rejectionOf } from '../../lib/ui/door';

const OWN = { host: '127.0.0.1:8179', authorization: 'Bearer right' };
const statusOf = (more: object = {}, path = '/events', method = 'GET') =>
  rejectionOf({ method, path, headers: { ...OWN, ...more } }, { port: 8179, isToken: (text) => text === 'right' })
    ?.status ?? 200;

describe('who may read', () => {
  test('is whoever has the token, from a program or from the page', () => {
    expect(statusOf()).toBe(200);
    expect(statusOf({ origin: 'http://127.0.0.1:8179', 'sec-fetch-site': 'same-origin' })).toBe(200);
    expect(statusOf({ host: 'localhost:8179', origin: 'http://localhost:8179' })).toBe(200);
  });

  test.each<[string, object, number]>([
    ['without a token', { authorization: undefined }, 401],
    ['with another token', { authorization: 'Bearer wrong' }, 401],
    ['with the token in another scheme', { authorization: 'Basic right' }, 401],
    ['with two tokens', { authorization: ['Bearer right', 'Bearer wrong'] }, 401],
    ['under a name that resolves to this machine', { host: 'evil.example:8179' }, 421],
    ['under another port', { host: '127.0.0.1:80' }, 421],
    ['without a port', { host: '127.0.0.1' }, 421],
    ['without a host', { host: undefined }, 421],
    ['from a page of another site', { origin: 'https://evil.example' }, 403],
    ['from a page of another port of this machine', { origin: 'http://127.0.0.1:8080' }, 403],
    ['from a page under another name of this machine', { origin: 'http://localhost:8179' }, 403],
    ['from a page without an origin', { origin: 'null' }, 403],
    ['as an image or a script of another site', { 'sec-fetch-site': 'cross-site' }, 403],
    ['as an image or a script of another port', { 'sec-fetch-site': 'same-site' }, 403],
  ])('is nobody %s', (_, headers, status) => expect(statusOf(headers)).toBe(status));

  test.each(['POST', 'PUT', 'DELETE', 'OPTIONS', 'HEAD'])('nothing can be done by %s', (method) =>
    expect(statusOf({}, '/events', method)).toBe(405),
  );

  test('the page itself needs no token, as it holds nothing, and may be opened by a link', () => {
    expect(statusOf({ authorization: undefined, 'sec-fetch-site': 'cross-site' }, '/')).toBe(200);
    expect(statusOf({ authorization: undefined, host: 'evil.example' }, '/')).toBe(421);
  });
});
