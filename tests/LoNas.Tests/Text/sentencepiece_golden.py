"""Makes sentencepiece_golden.json with the real SentencePiece library (0.1.97 of Debian 12).

The functions around it are those of the slow LlamaTokenizer of Transformers 4.31: special tokens are cut out before
encoding, and decoded by name. Run: python3 sentencepiece_golden.py SHARED_FOLDER > sentencepiece_golden.json
"""
import json
import random
import re
import sys

import sentencepiece

SPECIAL = ["<s>", "</s>", "<unk>"]
PROMPT = (
    "Below is an instruction that describes a task. Write a response that appropriately completes the request.  \n\n"
    + " " * 20 + "### Instruction:\n" + " " * 20 + "What is 12 + 7?\n\n"
    + " " * 20 + "### Response:\n" + " " * 20 + "The answer is 19."
)
TEXTS = [
    "", " ", "  ", "\n", PROMPT, PROMPT.replace(" " * 20, " " * 24), PROMPT.replace(" " * 20, " " * 28),
    "a" * 31, " " * 100, "ab " * 20, "aaa aaaa aaaaa", "▁", "▁a ▁ b", "a</s>b <s> c<unk></s>", "</s>", "Hello <s>.",
    "<s", "<0x0A>", "\t x\u00a0y\u3000z", "é🙂👩‍👩‍👧", "\x00a", "ﬁ ① ½ Å", "１２３", "Once upon a time, Lily's mom said: \"Go!\"",
]


def encode(model, text):
    ids = [1]
    for part in filter(None, re.split("(<s>|</s>|<unk>)", text)):
        ids += [model.piece_to_id(part)] if part in SPECIAL else model.encode(part, out_type=int)
    return ids


def decode(model, ids, skip):
    text, stretch, follows_special = "", [], False
    tokens = [model.IdToPiece(i) for i in ids if not (skip and i < 3)]
    for i, token in enumerate(tokens):
        if token in SPECIAL:
            if not follows_special and i != 0:
                text += " "
            text += model.decode(stretch) + token
            stretch, follows_special = [], True
        else:
            stretch.append(token)
            follows_special = False
    return text + model.decode(stretch)


def golden(path):
    model = sentencepiece.SentencePieceProcessor(model_file=path)
    draw = random.Random(3)
    size = model.get_piece_size()
    sequences = [encode(model, text) + [2] for text in TEXTS[4:7] + TEXTS[13:]]
    for _ in range(60):
        kinds = [lambda: draw.randint(0, 2), lambda: draw.randint(3, 258), lambda: draw.randint(259, size - 1)]
        sequences.append([draw.choice(kinds)() for _ in range(draw.randint(0, 14))])
    return {
        "encoded": [{"text": text, "ids": encode(model, text)} for text in TEXTS],
        "decoded": [{"ids": s, "kept": decode(model, s, False), "skipped": decode(model, s, True)} for s in sequences],
    }


if __name__ == "__main__":
    shared = sys.argv[1]
    json.dump({
        "tokenizers/llama": golden(shared + "/tokenizers/llama/tokenizer.model"),
        "models/stories260K": golden(shared + "/models/stories260K/tokenizer.model"),
    }, sys.stdout, separators=(",", ":"))
