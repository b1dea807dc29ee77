"""Counts, with Python's re and float, how often the rules find a record's answer in its own output and instruction.

The counts are those of EvaluationTaskTests. Run: python3 answer_rules_golden.py SHARED_FOLDER
"""
import json
import re
import sys

ANSWERS = "answer1|answer2|answer3|answer4|answer5"
CHOICES = {
    "AQuA": "A|B|C|D|E", "boolq": "true|false", "piqa": "solution1|solution2", "social_i_qa": ANSWERS,
    "winogrande": "option1|option2", "ARC-Easy": ANSWERS, "ARC-Challenge": ANSWERS, "openbookqa": ANSWERS,
    "hellaswag": "ending1|ending2|ending3|ending4",
}


def is_right(name, text, answer):
    if name in CHOICES:
        found = re.findall(CHOICES[name], text.strip())
        return (found[0] if found else "") == answer
    found = re.findall(r"-?\d+\.?\d*", text.replace(",", ""))
    return abs(float(answer) - (float(found[-1]) if found else float("inf"))) <= 0.001


for name in ["AQuA", "mawps", "gsm8k", "SVAMP", *[key for key in CHOICES if key != "AQuA"]]:
    with open(f"{sys.argv[1]}/datasets/{name}/test.json", encoding="utf-8") as file:
        records = json.load(file)
    counts = [sum(is_right(name, r[key], r["answer"]) for r in records) for key in ("output", "instruction")]
    print(f'    [InlineData("{name}", {len(records)}, {counts[0]}, {counts[1]})]')
