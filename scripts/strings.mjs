#!/usr/bin/env node
// What Peerform says: every string of lib that can reach people (errors, diagnostics, help, plans, descriptions, log
// lines), by file and line. Usage: strings.mjs [FOLDER…]. Prints FILE:LINE, a tab and the text; a filled-in value is
// shown as ${…}, a new line as \n.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseSync } from '@swc/core';

const HOLE = `$${'{…}'}`;
/** Types, and where a module is, reach nobody. */
const SILENT = new Set(['ImportDeclaration', 'ExportAllDeclaration', 'TsTypeAnnotation', 'TsTypeAliasDeclaration']);
const SILENT_FIELDS = new Set(['span', 'typeParams', 'typeArguments', 'typeAnnotation', 'returnType']);
/** Calls and keys under which a single word is a text, too; elsewhere it is a key, a tag or a name. */
const SAYING = new Set(['describe', 'description', 'summary', 'message', 'argument', 'option']);
const WORDS = /\p{L}\S* +\S*\p{L}|\p{L}\S* \$\{…\}|\$\{…\}\S* \S*\p{L}/iu;

const files = (folder) =>
  readdirSync(folder)
    .sort()
    .map((name) => join(folder, name))
    .flatMap((path) => (statSync(path).isDirectory() ? files(path) : path.endsWith('.ts') ? [path] : []));

/**
 * The text of a literal, a template, or a sum with one of them, and the expressions within it; undefined for anything
 * else.
 */
function textOf(node) {
  if (node.type === 'ParenthesisExpression') return textOf(node.expression);
  if (node.type === 'StringLiteral') return { text: node.value, within: [] };
  if (node.type === 'TemplateLiteral')
    return { text: node.quasis.map(({ cooked, raw }) => cooked ?? raw).join(HOLE), within: node.expressions };
  if (node.type !== 'BinaryExpression' || node.operator !== '+') return undefined;
  const sides = [node.left, node.right].map((side) => ({ side, found: textOf(side) }));
  if (sides.every(({ found }) => !found)) return undefined;
  return {
    text: sides.map(({ found }) => found?.text ?? HOLE).join(''),
    within: sides.flatMap(({ side, found }) => found?.within ?? [side]),
  };
}

const nameOf = (callee) => callee?.value ?? callee?.property?.value;

/** Every text below a node, with where it starts; `says`: whether a single word counts. */
function* textsIn(node, says = false) {
  if (node === null || typeof node !== 'object' || SILENT.has(node.type)) return;
  const found = node.type && textOf(node);
  if (found) {
    if ((says ? /\p{L}/u : WORDS).test(found.text)) yield { at: node.span.start, text: found.text };
    for (const inner of found.within) yield* textsIn(inner);
  } else if (node.type === 'CallExpression') {
    yield* textsIn(node.callee);
    for (const { expression } of node.arguments) yield* textsIn(expression, SAYING.has(nameOf(node.callee)));
  } else if (node.type === 'KeyValueProperty') yield* textsIn(node.value, SAYING.has(node.key.value));
  else for (const [field, inner] of Object.entries(node)) if (!SILENT_FIELDS.has(field)) yield* textsIn(inner);
}

function linesOf(path) {
  // The parser counts on from file to file: a statement put at the end tells where it began.
  const code = `${readFileSync(path, 'utf8')}\n;`;
  const octets = Buffer.from(code);
  const { body } = parseSync(code, { syntax: 'typescript', target: 'es2022' });
  const start = body.at(-1).span.end - octets.length;
  const lineOf = (at) =>
    octets
      .subarray(0, at - start)
      .toString()
      .split('\n').length;
  return [...textsIn(body)]
    .sort((a, b) => a.at - b.at)
    .map(({ at, text }) => `${path}:${lineOf(at)}\t${text.replaceAll('\n', '\\n')}\n`);
}

const folders = process.argv.slice(2);
process.stdout.write((folders.length > 0 ? folders : ['lib']).flatMap(files).flatMap(linesOf).join(''));
