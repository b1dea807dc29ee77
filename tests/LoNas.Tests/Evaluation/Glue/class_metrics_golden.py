"""Writes class_metrics_golden.json: metrics of random vectors by their definitions, in exact fractions.

The values are those of scikit-learn (accuracy_score, f1_score, matthews_corrcoef, mean_squared_error) and SciPy
(pearsonr, spearmanr), which use the same definitions: 0 for F1 and Matthews where a denominator is 0, NaN (null here)
for a correlation with a constant side. Run: python3 class_metrics_golden.py > class_metrics_golden.json
"""
import json
import random
from decimal import Decimal, getcontext
from fractions import Fraction

getcontext().prec = 60


def root(value):
    return Decimal(value.numerator).sqrt() / Decimal(value.denominator).sqrt()


def ratio(value):
    return Decimal(value.numerator) / Decimal(value.denominator)


def covariance(left, right):
    mean_left, mean_right = sum(left) / len(left), sum(right) / len(right)
    return sum((a - mean_left) * (b - mean_right) for a, b in zip(left, right))


def correlation(left, right):
    spread = covariance(left, left) * covariance(right, right)
    return None if spread == 0 else float(ratio(covariance(left, right)) / root(spread))


def ranks(values):
    return [sum(v < value for v in values) + Fraction(sum(v == value for v in values) + 1, 2) for value in values]


def matthews(predicted, labels):
    def total(left, right):
        return sum(covariance([Fraction(v == c) for v in left], [Fraction(v == c) for v in right])
                   for c in set(predicted) | set(labels))
    spread = total(predicted, predicted) * total(labels, labels)
    return 0.0 if spread == 0 else float(ratio(total(predicted, labels)) / root(spread))


def f1(predicted, labels):
    hits = sum(p == 1 and l == 1 for p, l in zip(predicted, labels))
    precision = Fraction(hits, predicted.count(1)) if 1 in predicted else Fraction(0)
    recall = Fraction(hits, labels.count(1)) if 1 in labels else Fraction(0)
    return 0.0 if precision + recall == 0 else float(2 * precision * recall / (precision + recall))


def classes(draw, count, of):
    labels = [draw.randrange(of) for _ in range(count)]
    predicted = [label if draw.random() < 0.6 else draw.randrange(of) for label in labels]
    return predicted, labels


draw = random.Random(11)
rows = [classes(draw, count, of) for count in (1, 2, 7, 40, 277) for of in (2, 3, 7)]
rows += [([0] * 9, [draw.randrange(2) for _ in range(9)]), ([1] * 9, [0] * 9), ([1, 0, 1], [1, 1, 1]), ([2] * 4, [2] * 4)]
scores = []
for count in (1, 2, 3, 8, 50, 300):
    for steps in (3, 11, 10000):
        labels = [Fraction(draw.randrange(steps), 4) for _ in range(count)]
        scores.append(([label + Fraction(draw.randrange(-steps, steps), 8) for label in labels], labels))
scores += [([Fraction(5)] * 6, [Fraction(n) for n in range(6)]), ([Fraction(n, 2) for n in range(6)], [Fraction(3)] * 6)]
scores += [([Fraction(n) for n in (3, 3, 1, 1, 2)], [Fraction(n) for n in (-1, 0, 0, 5, 5)])]
print(json.dumps({
    "classes": [{
        "predicted": p, "labels": l, "matthews": matthews(p, l), "f1": f1(p, l),
        "accuracy": float(Fraction(sum(a == b for a, b in zip(p, l)), len(l))),
    } for p, l in rows],
    "scores": [{
        "predicted": [float(v) for v in p], "labels": [float(v) for v in l], "pearson": correlation(p, l),
        "spearman": correlation(ranks(p), ranks(l)), "mse": float(sum((a - b) ** 2 for a, b in zip(p, l)) / len(l)),
    } for p, l in scores],
}))
