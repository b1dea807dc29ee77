// Holds the ids that generate.cjs recorded against a second implementation, Hugging Face's own in JavaScript: the npm
// package "@huggingface/tokenizers" 0.2.0. Run from a folder where that package is installed:
//   NODE_PATH=node_modules node crosscheck.cjs THIS_FOLDER
// Writes crosscheck.json: for each folder the texts whose ids differ, by their place in texts.json.
const fs = require('fs');
const path = require('path');
const { Tokenizer } = require('@huggingface/tokenizers');

const out = process.argv[2];
const read = (...parts) => JSON.parse(fs.readFileSync(path.join(out, ...parts), 'utf8'));
const texts = read('texts.json');
const differing = {};
for (const kind of fs.readdirSync(out).filter((name) => fs.existsSync(path.join(out, name, 'golden.json'))).sort()) {
  const tokenizer = new Tokenizer(read(kind, 'tokenizer.json'), {});
  const { encoded } = read(kind, 'golden.json');
  differing[kind] = texts.flatMap((text, place) =>
    JSON.stringify(tokenizer.encode(text).ids) === JSON.stringify(encoded[place]) ? [] : [place]);
}
const lines = Object.entries(differing).map(([kind, places]) => `  ${JSON.stringify(kind)}: ${JSON.stringify(places)}`);
fs.writeFileSync(path.join(out, 'crosscheck.json'), `{\n${lines.join(',\n')}\n}\n`);
