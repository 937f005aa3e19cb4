#!/bin/sh
# Shows what the working tree changes in the network of another commit: npm run impact -- origin/main. Writes impact.md, a comment, and impact.html, a page; the exit code is 1 if nodes would be cut off.
set -eu
stack=cdktf.out/stacks/__NAME__/cdk.tf.json
before=$(mktemp -d)
trap 'git worktree remove --force "$before/tree"; rm -rf "$before"' EXIT
git worktree add --quiet --detach "$before/tree" "$1"
if [ ! -f "$before/tree/cdktf.json" ]; then
  echo "$1 has no network yet: there is nothing to compare with." | tee impact.md
  exit
fi
failed() {
  cat "$before/log" >&2
  echo "impact.sh: $1" >&2
  exit 1
}
(cd "$before/tree" && npm ci > "$before/log" 2>&1) || failed "npm ci failed in a copy of $1 in another folder: a file: path in package.json must lead to a file inside this repository"
(cd "$before/tree" && npm run synth > "$before/log" 2>&1) || failed "the network of $1 could not be synthesised"
npm run synth > "$before/log" 2>&1 || failed "the network of the working tree could not be synthesised"
npx peerform report "$before/tree/$stack" "$stack" --html impact.html --markdown > impact.md || { cat impact.md; exit 1; }
cat impact.md
