// Makes the small tokenizers of this folder and records what the original library does with them: Hugging Face's Rust
// code, version 0.22.2, in the npm package "@anush008/tokenizers" 0.6.0. Version 0.23.2 gives the same ids, but keeps
// special tokens that are "normalized" when told to skip them, and cuts some pairs of texts the other way round.
// Run from a folder where that package is installed:
//   NODE_PATH=node_modules node generate.cjs THIS_FOLDER
// A folder NAME gets tokenizer.json; NAME/golden.json gets, for each text of texts.json, its ids (special tokens
// added), and random id sequences with their decoded texts.
const fs = require('fs');
const path = require('path');
const { Tokenizer } = require('@anush008/tokenizers');

const out = process.argv[2];
let state = 12345;
const draw = (count) => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return Math.floor((state / 4294967296) * count);
};
const pick = (items) => items[draw(items.length)];

const CORPUS = `Below is an instruction that describes a task. Write a response that appropriately completes the request.
### Instruction: What is 12 + 7? The answer is 19. It's what they're saying, isn't it? We've said I'll go, I'd go, I'm here.
Once upon a time there was a little girl named Lily. She loved to play outside in the sunshine, and the cat played too.
def main(args):\n    for i in range(10):\n        print(i, "hello")\n    return 0\n
Le café est très agréable; les élèves étaient déjà là. Größe, straße, über, naïve, 你好世界 你好 こんにちは世界. नमस्ते दुनिया। سلام، دنیا۔
the the the and and and of of in in to to that that is is was was 100 200 2023 1234567 3.14 the answer the answer the task`;

const BASE = [
  '', ' ', '  ', '   ', '\n', '\n\n', '\t', ' \n ', '\r\n', 'a', ' a', 'a ', '  a  b  ', 'Hello world', 'the answer is 19.',
  "It's what they're saying", "IT'S THEY'RE WE'VE I'LL I'D I'M DON'T", "'s 't 're", "it 's", '123', '1234567', '1 22 333 4444',
  '3.14 + 2,71 = 5', 'x=1;y=2', '¼ ½ Ⅷ ² ٣٤', 'café', 'cafe\u0301', '\u212B \uFB01 ① Å', '１２３ ＡＢＣ', 'naïve Größe STRASSE ß ẞ',
  'İstanbul ıI ΑΣΣ', '你好世界', '你好，世界。', 'こんにちは 世界', 'नमस्ते दुनिया।', 'سلام، دنیا۔', '한국어 가나다', '\u1112\u1161\u11ab',
  '🙂', 'a🙂b', ' 🙂 🙂🙂', '👩‍👩‍👧', '𝒜𝒷𝒸 𝟘𝟙𝟚', '𠮷野家 \u{2B830}', '\u{1F600}\u{1F601}!', '<s>', '</s>', '<unk>', 'a</s>b', ' </s> ', '<s> x',
  '<|endoftext|>', 'a<|endoftext|>b', 'a <|endoftext|> b', '<|begin_of_text|>hi', '[CLS]', '[MASK] x [SEP]', 'a[MASK]b', '<mask>', 'a <mask> b',
  'word<strip>  word', 'word  <strip>  word', 'solo', 'a solo b', 'asolob', 'solo.', 'Norm', 'norm NORM Norm', '<0x0A>', '<0x', '▁', '▁a ▁ b',
  'a\u00a0b', 'a\u2003b\u3000c', 'zero\u200bwidth\u200djoin', 'a\u0000b', 'tab\tb', 'x\u0085y', '\u2028 \u2029', 'soft\u00adhyphen', '\ufeffbom', '\ufffd',
  '\u0378 unassigned', '\ue000 private', 'a\u0301\u0327b', '\u0301start', '!!!', '...', '?!', '—–-', '“quoted” ‘x’', '(a|b) [c] {d}', '$100 ~`^ +=<>|', '#!/bin/sh',
  'def f(x):\n    return x\n', 'a\n\n\nb', 'a  \n  b', 'end   ', '\n   indent', 'http://x.org/a?b=c&d=e', 'snake_case camelCase', "don't can't won't",
  'a'.repeat(150), ' '.repeat(40), 'ab'.repeat(60), '\n'.repeat(12), '!'.repeat(30), '1'.repeat(20), "o'clock ’s don’t", "'ſ 'S", 'ﬀ ﬃ Ǆ ǅ', '\u1e9b\u0323',
  'Below is an instruction that describes a task.\n\n' + ' '.repeat(20) + '### Response:\n' + ' '.repeat(20),
];
const PIECES = [
  ' ', '  ', '\n', '\t', 'the', 'The', 'answer', ' is', "'s", "'LL", '12', '1234', '.', ',', '!', '?', '…', '。', '،', 'é', 'e\u0301', '你', '世界', '🙂', '𝒜', '𝟘',
  '</s>', '<s>', '<mask>', '<strip>', 'solo', 'Norm', '<|endoftext|>', '[MASK]', '(', ')', '|', '[', ']', '_', '-', '\u00a0', '\u3000', '\u200d', 'ß', 'ﬁ', 'नम', '▁', 'x', 'Y',
];
const RANDOM = Array.from({ length: 110 }, () => Array.from({ length: 1 + draw(9) }, () => pick(PIECES)).join(''));
const TEXTS = [...BASE, ...RANDOM];

function byteAlphabet() {
  const visible = [];
  for (let b = 0; b < 256; b++) {
    if ((b >= 33 && b <= 126) || (b >= 161 && b <= 172) || b >= 174) visible.push(b);
  }
  let next = 256;
  return Array.from({ length: 256 }, (_, b) => String.fromCodePoint(visible.includes(b) ? b : next++));
}
const ALPHABET = byteAlphabet();
const toBytes = (text) => [...Buffer.from(text, 'utf8')].map((b) => ALPHABET[b]).join('');

// A plain BPE training: the commonest pair first, of equally common ones the one that sorts first.
function train(words, count) {
  const merges = [];
  let split = words.map((word) => [...word]);
  while (merges.length < count) {
    const counts = new Map();
    for (const word of split) {
      for (let i = 0; i + 1 < word.length; i++) {
        const key = word[i] + '\u0001' + word[i + 1];
        counts.set(key, (counts.get(key) ?? 0) + 1);
      }
    }
    const best = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))[0];
    if (!best || best[1] < 2) break;
    const [left, right] = best[0].split('\u0001');
    merges.push([left, right]);
    split = split.map((word) => {
      const joined = [];
      for (let i = 0; i < word.length; i++) {
        if (word[i] === left && word[i + 1] === right) joined.push(left + right), i++;
        else joined.push(word[i]);
      }
      return joined;
    });
  }
  return merges;
}

const added = (id, content, flags = {}) => ({
  id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true, ...flags,
});
const vocabulary = (names) => Object.fromEntries([...new Set(names)].map((name, id) => [name, id]));
const bpe = (vocab, merges, options = {}) => ({
  type: 'BPE', dropout: null, unk_token: null, continuing_subword_prefix: null, end_of_word_suffix: null,
  fuse_unk: false, byte_fallback: false, ignore_merges: false, vocab, merges, ...options,
});
const file = (parts) => ({
  version: '1.0', truncation: null, padding: null, added_tokens: [], normalizer: null, pre_tokenizer: null,
  post_processor: null, decoder: null, ...parts,
});
const BYTE_LEVEL = { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true };
const split = (pattern) => ({
  type: 'Sequence',
  pretokenizers: [
    { type: 'Split', pattern: { Regex: pattern }, behavior: 'Isolated', invert: false },
    { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false },
  ],
});
const ENGLISH = CORPUS.match(/ ?[^\s.,!?]+|[.,!?]|\s+/g);
const BYTE_MERGES = train(ENGLISH.map(toBytes), 260);
const joined = (merges) => merges.map((pair) => pair.join(''));
const byteNames = (specials, merges = BYTE_MERGES) => [...specials, ...ALPHABET, ...joined(merges)];

const kinds = {};

kinds.bloom = file({
  added_tokens: ['<unk>', '<s>', '</s>', '<pad>'].map((name, id) => added(id, name)),
  pre_tokenizer: split(' ?[^(\\s|[.,!?…。，、।۔،])]+'),
  post_processor: { ...BYTE_LEVEL, trim_offsets: false },
  decoder: BYTE_LEVEL,
  model: bpe(vocabulary(byteNames(['<unk>', '<s>', '</s>', '<pad>'])), BYTE_MERGES.map((pair) => pair.join(' '))),
});

const LLAMA3_SPLIT = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
const llama3Vocab = vocabulary([...byteNames([]), toBytes(' outside'), toBytes('instructionthat'), toBytes('123')]);
const llama3Size = Object.keys(llama3Vocab).length;
kinds.llama3 = file({
  added_tokens: ['<|begin_of_text|>', '<|end_of_text|>', '<|eot_id|>', '<|endoftext|>'].map((name, i) => added(llama3Size + i, name)),
  pre_tokenizer: split(LLAMA3_SPLIT),
  post_processor: {
    type: 'Sequence',
    processors: [
      { ...BYTE_LEVEL, trim_offsets: false },
      {
        type: 'TemplateProcessing',
        single: [{ SpecialToken: { id: '<|begin_of_text|>', type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }],
        pair: [
          { SpecialToken: { id: '<|begin_of_text|>', type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } },
          { SpecialToken: { id: '<|begin_of_text|>', type_id: 1 } }, { Sequence: { id: 'B', type_id: 1 } },
        ],
        special_tokens: {
          '<|begin_of_text|>': { id: '<|begin_of_text|>', ids: [llama3Size], tokens: ['<|begin_of_text|>'] },
        },
      },
    ],
  },
  decoder: BYTE_LEVEL,
  model: bpe(llama3Vocab, BYTE_MERGES, { ignore_merges: true }),
});

const qwenVocab = vocabulary(byteNames([]));
const qwenSize = Object.keys(qwenVocab).length;
kinds.qwen2 = file({
  added_tokens: ['<|endoftext|>', '<|im_start|>', '<|im_end|>'].map((name, i) => added(qwenSize + i, name))
    .concat([added(qwenSize + 3, '<mask>', { special: false, normalized: true, lstrip: true })]),
  normalizer: { type: 'NFC' },
  pre_tokenizer: split("(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"),
  post_processor: { ...BYTE_LEVEL, add_prefix_space: false, use_regex: false },
  decoder: { ...BYTE_LEVEL, add_prefix_space: false, use_regex: false },
  model: bpe(qwenVocab, BYTE_MERGES.map((pair) => pair.join(' ')), { continuing_subword_prefix: '', end_of_word_suffix: '' }),
});

for (const prefix of [false, true]) {
  kinds[prefix ? 'gpt2-prefix' : 'gpt2'] = file({
    added_tokens: [added(0, '<|endoftext|>', { normalized: true })],
    pre_tokenizer: { ...BYTE_LEVEL, add_prefix_space: prefix },
    post_processor: { ...BYTE_LEVEL, trim_offsets: false },
    decoder: BYTE_LEVEL,
    model: bpe(vocabulary(byteNames(['<|endoftext|>'])), BYTE_MERGES.map((pair) => pair.join(' '))),
  });
}

// Every way of an added token to take part in the text around it.
const flagsVocab = vocabulary(byteNames(['<|endoftext|>']));
const flagsSize = Object.keys(flagsVocab).length;
kinds.flags = file({
  added_tokens: [
    added(0, '<|endoftext|>'),
    added(flagsSize, '<mask>', { lstrip: true }),
    added(flagsSize + 1, '<strip>', { rstrip: true, special: false }),
    added(flagsSize + 2, 'solo', { single_word: true, special: false, normalized: true }),
    added(flagsSize + 3, 'Norm', { special: false, normalized: true }),
    added(flagsSize + 4, '</s>', { lstrip: true, rstrip: true }),
    added(flagsSize + 5, '</s> x', { special: false }),
  ],
  normalizer: { type: 'Sequence', normalizers: [{ type: 'NFKC' }, { type: 'Lowercase' }, { type: 'Strip', strip_left: false, strip_right: true }] },
  pre_tokenizer: { type: 'Sequence', pretokenizers: [{ type: 'Digits', individual_digits: true }, { ...BYTE_LEVEL, add_prefix_space: false }] },
  post_processor: { type: 'RobertaProcessing', sep: ['</s>', flagsSize + 4], cls: ['<|endoftext|>', 0], trim_offsets: true, add_prefix_space: false },
  decoder: BYTE_LEVEL,
  model: bpe(flagsVocab, BYTE_MERGES),
});

const SPACED = (' ' + CORPUS.replace(/\n/g, ' ')).match(/ [^ ]*/g).map((word) => word.replace(/ /g, '▁'));
const SPACED_MERGES = train([...SPACED, '▁▁▁▁', '▁▁▁▁', '▁▁▁▁'], 200);
const BYTE_PIECES = Array.from({ length: 256 }, (_, b) => `<0x${b.toString(16).toUpperCase().padStart(2, '0')}>`);
const letters = [...new Set([...SPACED.join('')])].filter((letter) => letter !== '好');
const known = (merges) => merges.filter((pair) => !pair.join('').includes('好'));
const LLAMA_SPECIALS = ['<unk>', '<s>', '</s>'];
const llamaTemplate = {
  type: 'TemplateProcessing',
  single: [{ SpecialToken: { id: '<s>', type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }],
  pair: [
    { SpecialToken: { id: '<s>', type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } },
    { SpecialToken: { id: '<s>', type_id: 1 } }, { Sequence: { id: 'B', type_id: 1 } },
  ],
  special_tokens: { '<s>': { id: '<s>', ids: [1], tokens: ['<s>'] } },
};
const llamaDecoder = {
  type: 'Sequence',
  decoders: [
    { type: 'Replace', pattern: { String: '▁' }, content: ' ' }, { type: 'ByteFallback' }, { type: 'Fuse' },
    { type: 'Strip', content: ' ', start: 1, stop: 0 },
  ],
};
const llamaNames = [...LLAMA_SPECIALS, ...BYTE_PIECES, ...letters, '🙂', ...joined(known(SPACED_MERGES))];
kinds['llama-fast'] = file({
  added_tokens: LLAMA_SPECIALS.map((name, id) => added(id, name, { normalized: true })),
  normalizer: { type: 'Sequence', normalizers: [{ type: 'Prepend', prepend: '▁' }, { type: 'Replace', pattern: { String: ' ' }, content: '▁' }] },
  post_processor: llamaTemplate,
  decoder: llamaDecoder,
  model: bpe(vocabulary(llamaNames), known(SPACED_MERGES).map((pair) => pair.join(' ')), { unk_token: '<unk>', fuse_unk: true, byte_fallback: true }),
});
kinds['llama-metaspace'] = file({
  added_tokens: LLAMA_SPECIALS.map((name, id) => added(id, name)),
  pre_tokenizer: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'first', split: false },
  post_processor: llamaTemplate,
  decoder: llamaDecoder,
  model: bpe(vocabulary(llamaNames), known(SPACED_MERGES), { unk_token: '<unk>', fuse_unk: true, byte_fallback: true, ignore_merges: true }),
});
// No bytes to fall back to: runs of unknown characters stay single or are joined.
for (const fuse of [false, true]) {
  kinds[fuse ? 'metaspace-fused' : 'metaspace'] = file({
    added_tokens: LLAMA_SPECIALS.map((name, id) => added(id, name)),
    normalizer: { type: 'NFKC' },
    pre_tokenizer: fuse
      ? { type: 'Metaspace', replacement: '▁', add_prefix_space: true }
      : { type: 'Metaspace', replacement: '▁', prepend_scheme: 'never', split: true },
    decoder: fuse
      ? { type: 'Metaspace', replacement: '▁', add_prefix_space: true }
      : { type: 'Metaspace', replacement: '▁', prepend_scheme: 'never', split: true },
    model: bpe(vocabulary([...LLAMA_SPECIALS, ...letters, ...joined(known(SPACED_MERGES))]), known(SPACED_MERGES), { unk_token: '<unk>', fuse_unk: fuse }),
  });
}

const BERT_SPECIALS = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'];
const lowered = CORPUS.toLowerCase().normalize('NFD').replace(/\p{Mn}/gu, '').match(/[\p{L}\p{N}]+/gu);
const bertMerges = train(lowered, 150);
const bertLetters = [...new Set([...lowered.join('')])];
const bertNames = [
  ...BERT_SPECIALS, ...'!"#$%&\'()*+,-./:;<=>?@[]^_`{|}~。，।…', ...bertLetters, ...bertLetters.map((letter) => '##' + letter),
  ...joined(bertMerges), ...joined(bertMerges).map((name) => '##' + name), 'The', 'Größe', 'caf\u00e9', '世', '🙂', 'σ', '##σ', 'α',
];
const bertVocab = vocabulary(bertNames);
const bert = (normalizer) => file({
  added_tokens: BERT_SPECIALS.map((name, id) => added(id, name)),
  normalizer: { type: 'BertNormalizer', clean_text: true, handle_chinese_chars: true, strip_accents: null, lowercase: true, ...normalizer },
  pre_tokenizer: { type: 'BertPreTokenizer' },
  post_processor: {
    type: 'TemplateProcessing',
    single: [{ SpecialToken: { id: '[CLS]', type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }, { SpecialToken: { id: '[SEP]', type_id: 0 } }],
    pair: [
      { SpecialToken: { id: '[CLS]', type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }, { SpecialToken: { id: '[SEP]', type_id: 0 } },
      { Sequence: { id: 'B', type_id: 1 } }, { SpecialToken: { id: '[SEP]', type_id: 1 } },
    ],
    special_tokens: Object.fromEntries(['[CLS]', '[SEP]'].map((name) => [name, { id: name, ids: [bertVocab[name]], tokens: [name] }])),
  },
  decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
  model: { type: 'WordPiece', unk_token: '[UNK]', continuing_subword_prefix: '##', max_input_chars_per_word: 100, vocab: bertVocab },
});
kinds.bert = bert({});
kinds['bert-cased'] = bert({ lowercase: false, handle_chinese_chars: false });

// As a tokenizer.model merges: every pair whose joined text is a piece, the earlier piece first. The tests write that file,
// and tokenizer_config.json, from this one.
const spPieces = [...new Set([...letters, '🙂', ...joined(known(SPACED_MERGES))])];
const spNames = [...LLAMA_SPECIALS, ...BYTE_PIECES, ...spPieces];
const spMerges = spPieces.flatMap((piece) => {
  const points = [...piece];
  return points.slice(1).map((_, i) => [points.slice(0, i + 1).join(''), points.slice(i + 1).join('')])
    .filter((pair) => pair.every((part) => spPieces.includes(part)));
});
const spAdded = spNames.length;
kinds['llama-added'] = file({
  added_tokens: [
    added(0, '<unk>'), added(1, '<s>'), added(2, '</s>', { rstrip: true }),
    added(spNames.indexOf('▁the'), '▁the', { special: false }),
    added(spAdded, '<|endoftext|>'), added(spAdded + 1, '<mask>', { lstrip: true }),
    added(spAdded + 2, '<strip>', { rstrip: true, special: false }),
    added(spAdded + 3, 'solo', { single_word: true, special: false }),
    added(spAdded + 4, 'Norm', { lstrip: true, rstrip: true, special: false }),
    added(spAdded + 5, '[MASK]'), added(spAdded + 6, '[MASK] x', { special: false }),
  ],
  normalizer: { type: 'Sequence', normalizers: [{ type: 'Prepend', prepend: '▁' }, { type: 'Replace', pattern: { String: ' ' }, content: '▁' }] },
  post_processor: llamaTemplate,
  decoder: llamaDecoder,
  model: bpe(vocabulary(spNames), spMerges, { unk_token: '<unk>', fuse_unk: true, byte_fallback: true }),
});

const PAIRS = [
  ['Hello world', 'the answer'], ['', ''], ['', 'a b'], ['a b c', ''], ['the task is in that', 'a'], ['[SEP]', 'x [MASK]'],
  ['the answer is that it is the task', 'and of the in to that was that'], ['the the the', 'the the the the the'],
];

async function golden(name, json) {
  const tokenizer = Tokenizer.fromString(json);
  const ids = [];
  for (const text of TEXTS) ids.push((await tokenizer.encode(text, null, { addSpecialTokens: true })).getIds());
  const size = tokenizer.getVocabSize(true);
  const sequences = ids.slice(13, 60).concat(
    Array.from({ length: 60 }, () => Array.from({ length: draw(14) }, () => draw(3) ? draw(size) : draw(Math.min(size, 260)))));
  const decoded = [];
  for (const sequence of sequences) {
    decoded.push({ ids: sequence, kept: await tokenizer.decode(sequence, false), skipped: await tokenizer.decode(sequence, true) });
  }
  const pairs = [];
  for (const [first, second] of PAIRS) {
    for (const maxLength of [0, 12, 11, 8, 7, 5]) {
      if (maxLength) tokenizer.setTruncation(maxLength, { strategy: 'LongestFirst' });
      else tokenizer.disableTruncation();
      const encoding = await tokenizer.encode(first, second, { addSpecialTokens: true });
      pairs.push({ first, second, maxLength, ids: encoding.getIds(), types: encoding.getTypeIds() });
    }
  }
  tokenizer.disableTruncation();
  return { size, encoded: ids, decoded, pairs };
}

const lines = (value) => JSON.stringify(value)
  .replace(/\],\[/g, '],\n[').replace(/\},\{/g, '},\n{');

(async () => {
  fs.writeFileSync(path.join(out, 'texts.json'), '[\n' + TEXTS.map((text) => JSON.stringify(text)).join(',\n') + '\n]\n');
  for (const [name, kind] of Object.entries(kinds)) {
    const folder = path.join(out, name);
    fs.mkdirSync(folder, { recursive: true });
    const json = JSON.stringify(kind);
    fs.writeFileSync(path.join(folder, 'tokenizer.json'), json + '\n');
    fs.writeFileSync(path.join(folder, 'golden.json'), lines(await golden(name, json)) + '\n');
  }
  fs.mkdirSync(path.join(out, 'bert-vocab'), { recursive: true });
  // Not Object.keys: JavaScript lists names that are numbers first.
  const byId = Object.entries(bertVocab).sort((a, b) => a[1] - b[1]).map(([name]) => name);
  fs.writeFileSync(path.join(out, 'bert-vocab', 'vocab.txt'), byId.join('\n') + '\n');
})();
