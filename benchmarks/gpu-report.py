#!/usr/bin/env python3
"""Puts the results of benchmarks/gpu.sh side by side: gpu-report.py DIR writes DIR/summary.json and prints a short table.

Ratios are this program's figure over PyTorch's of the same run; what was not measured is named, with the reason that is known.
"""
import json
import pathlib
import subprocess
import sys

WIDEST = 40  # of a cell; summary.json has errors in full


def load(folder, name):
    """The JSON of a measurement, {"error": ...} where it failed; empty where there is none."""
    path = folder / f"{name}.json"
    try:
        result = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return {**result, **result.get("figures", {})}  # the Python script nests its figures


def ratio(above, below):
    return above / below if above and below else None


def training(folder, name):
    """One size and type: tokens/s of plain LoRA and of the super-adapter, and what they are of the limits."""
    own = load(folder, f"train-{name}")
    plain = load(folder, f"pytorch-train-{name}")
    autocast = load(folder, f"pytorch-autocast-{name}")
    best = max(plain.get("tokens_per_s") or 0, autocast.get("tokens_per_s") or 0) or None
    lora = own.get("lora_tokens_per_s")
    work = lora and 4 * own["lora_active_linear_parameters"] * lora
    return {
        "error": own.get("error"),
        "lora_tokens_per_s": lora,
        "lonas_tokens_per_s": own.get("lonas_tokens_per_s"),
        "pytorch_tokens_per_s": plain.get("tokens_per_s"),
        "pytorch_autocast_tokens_per_s": autocast.get("tokens_per_s"),
        "pytorch_error": plain.get("error") or autocast.get("error"),
        "ratio_to_pytorch": ratio(lora, best),
        "lonas_ratio_to_pytorch": ratio(own.get("lonas_tokens_per_s"), best),
        "ratio_to_matrix_ceiling": ratio(work, own.get("limit_flops_per_s")),
        "device_bytes": own.get("lora_device_bytes"),
        "pytorch_bytes": plain.get("max_memory_reserved"),
    }


def generation(folder, name):
    """One type and number of prompts at once: prompts/s of 4 beams, against Transformers with as many, and one by one."""
    dtype, batch = name.split("-")
    loaded = load(folder, f"generate-{name}")
    own = loaded.get({"bf16": "bfloat16", "fp16": "float16"}.get(dtype, "float32"), {})
    same = load(folder, f"pytorch-generate-{name}")
    one_by_one = load(folder, f"pytorch-generate-{dtype}-1").get("prompts_per_s")
    rate = own.get("prompts_per_s")
    return {
        "error": loaded.get("error"),
        "prompts_per_s": rate,
        "greedy_tokens_per_s": own.get("greedy_tokens_per_s"),
        "decode_bandwidth_ratio": own.get("decode_bandwidth_ratio"),
        "pytorch_prompts_per_s": same.get("prompts_per_s"),
        "pytorch_error": same.get("error"),
        "ratio_to_pytorch": ratio(rate, same.get("prompts_per_s")),
        "ratio_to_pytorch_one_by_one": ratio(rate, one_by_one),
    }


def machine(folder):
    """GPU, driver and library versions, as the Python script and the driver's own tool tell them."""
    limit = load(folder, "pytorch-limit")
    found = dict(limit.get("versions", {}))
    version = folder / "version.txt"
    found["program"] = version.read_text().splitlines() if version.exists() else None
    try:
        query = ["nvidia-smi", "--query-gpu=name,driver_version", "--format=csv,noheader"]
        lines = subprocess.run(query, capture_output=True, text=True, timeout=30, check=True).stdout.splitlines()
        found["gpu"], found["driver"] = (part.strip() for part in lines[0].split(","))
    except (OSError, subprocess.SubprocessError, IndexError, ValueError):
        pass
    return found


def show(value):
    if value is None:
        return "not measured"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def names(folder, *prefixes):
    """What was measured, or tried, under any of these prefixes."""
    found = {path.stem.removeprefix(prefix) for prefix in prefixes for path in folder.glob(f"{prefix}*.json")}
    return sorted(found, key=lambda name: (name.split("-")[0], len(name), name))


def main(folder):
    summary = {
        "machine": machine(folder),
        "parity": load(folder, "parity"),
        "training": {name: training(folder, name) for name in names(folder, "train-", "pytorch-train-", "pytorch-autocast-")},
        "generation": {name: generation(folder, name) for name in names(folder, "generate-", "pytorch-generate-")},
    }
    (folder / "summary.json").write_text(json.dumps(summary, indent=2) + "\n")
    parity = {dtype: result for dtype, result in summary["parity"].items() if dtype != "error"}
    for dtype, result in parity.items():
        print(f"parity {dtype}: {'holds' if result['holds'] else 'DOES NOT HOLD'}")
    if not parity:
        print(f"parity: {summary['parity'].get('error', 'not measured')}")
    if not summary["training"] and not summary["generation"]:
        print("neither training nor generation was measured")
        return 1
    rows = [("", "own", "PyTorch", "ratio", "of the matrix ceiling", "to one by one")]
    for name, result in summary["training"].items():
        best = max(result["pytorch_tokens_per_s"] or 0, result["pytorch_autocast_tokens_per_s"] or 0) or None
        rows.append((f"LoRA training {name}, tokens/s", result["error"] or show(result["lora_tokens_per_s"]),
                     show(best) if best else result["pytorch_error"] or show(None), show(result["ratio_to_pytorch"]),
                     show(result["ratio_to_matrix_ceiling"]), ""))
    for name, result in summary["generation"].items():
        rows.append((f"4 beams {name} at once, prompts/s", result["error"] or show(result["prompts_per_s"]),
                     result["pytorch_error"] or show(result["pytorch_prompts_per_s"]), show(result["ratio_to_pytorch"]), "",
                     show(result["ratio_to_pytorch_one_by_one"])))
    widths = [min(WIDEST, max(len(row[column]) for row in rows)) for column in range(len(rows[0]))]
    for row in [[cell[:WIDEST] for cell in row] for row in rows]:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())
    own = [result["lora_tokens_per_s"] for result in summary["training"].values()]
    own += [result["prompts_per_s"] for result in summary["generation"].values()]
    return 0 if parity and all(result["holds"] for result in parity.values()) and own and all(own) else 1


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("gpu-report.py takes the folder of the results")
    sys.exit(main(pathlib.Path(sys.argv[1])))
