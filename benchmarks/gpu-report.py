#!/usr/bin/env python3
"""Puts the results of benchmarks/gpu.sh side by side: gpu-report.py DIR writes DIR/summary.json and prints a short table.

Ratios are this program's figure over PyTorch's of the same run; what was not measured is named, with the reason that is known.
"""
import json
import pathlib
import subprocess
import sys


def load(folder, name):
    """The JSON of a measurement; None where it failed or was left out."""
    path = folder / f"{name}.json"
    try:
        result = json.loads(path.read_text())
    except (OSError, ValueError):
        return None
    return {**result, **result.get("figures", {})}  # the Python script nests its figures


def ratio(above, below):
    return above / below if above and below else None


def training(folder, name):
    """One size and type: tokens/s of plain LoRA and of the super-adapter, and what they are of the limits."""
    own = load(folder, f"train-{name}") or {}
    plain = load(folder, f"pytorch-train-{name}") or {}
    autocast = load(folder, f"pytorch-autocast-{name}") or {}
    best = max(plain.get("tokens_per_s") or 0, autocast.get("tokens_per_s") or 0) or None
    lora = own.get("lora_tokens_per_s")
    work = lora and 4 * own["lora_active_linear_parameters"] * lora
    return {
        "lora_tokens_per_s": lora,
        "lonas_tokens_per_s": own.get("lonas_tokens_per_s"),
        "pytorch_tokens_per_s": plain.get("tokens_per_s"),
        "pytorch_autocast_tokens_per_s": autocast.get("tokens_per_s"),
        "pytorch_error": plain.get("error") or autocast.get("error"),
        "ratio_to_pytorch": ratio(lora, best),
        "lonas_ratio_to_pytorch": ratio(own.get("lonas_tokens_per_s"), best),
        "ratio_to_matrix_ceiling": ratio(work, own.get("limit_flops_per_s")),
        "device_bytes": own.get("lora_device_bytes_taken"),
        "pytorch_bytes": plain.get("max_memory_reserved"),
    }


def generation(folder, dtype, batches):
    """One type: prompts/s of 4 beams by batch, against Transformers one by one and batched."""
    long_name = {"bf16": "bfloat16", "fp16": "float16"}.get(dtype, "float32")
    own = {batch: (load(folder, f"generate-{dtype}-{batch}") or {}).get(long_name, {}) for batch in batches}
    one_by_one = (load(folder, f"pytorch-generate-{dtype}-1") or {}).get("prompts_per_s")
    batched = (load(folder, f"pytorch-generate-{dtype}-16") or {}).get("prompts_per_s")
    best = max((result.get("prompts_per_s") or 0 for result in own.values()), default=0) or None
    return {
        "prompts_per_s": {str(batch): result.get("prompts_per_s") for batch, result in own.items()},
        "greedy_tokens_per_s": next((r["greedy_tokens_per_s"] for r in own.values() if "greedy_tokens_per_s" in r), None),
        "decode_bandwidth_ratio": next((r["decode_bandwidth_ratio"] for r in own.values() if "decode_bandwidth_ratio" in r), None),
        "pytorch_one_by_one_prompts_per_s": one_by_one,
        "pytorch_batched_prompts_per_s": batched,
        "ratio_to_pytorch": ratio(best, one_by_one),
        "ratio_to_pytorch_batched": ratio(best, batched),
    }


def machine(folder):
    """GPU, driver and library versions, as the Python script and the driver's own tool tell them."""
    limit = load(folder, "pytorch-limit") or {}
    found = dict(limit.get("versions", {}))
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


def main(folder):
    names = sorted(path.stem.removeprefix("train-") for path in folder.glob("train-*.json"))
    batches = sorted({int(path.stem.rsplit("-", 1)[1]) for path in folder.glob("generate-*.json")})
    types = sorted({path.stem.split("-")[1] for path in folder.glob("generate-*.json")})
    summary = {
        "machine": machine(folder),
        "parity": load(folder, "parity"),
        "training": {name: training(folder, name) for name in names},
        "generation": {dtype: generation(folder, dtype, batches) for dtype in types},
    }
    (folder / "summary.json").write_text(json.dumps(summary, indent=2) + "\n")
    for dtype, result in (summary["parity"] or {}).items():
        print(f"parity {dtype}: {'holds' if result['holds'] else 'DOES NOT HOLD'}")
    rows = [("", "own", "PyTorch", "ratio", "of the matrix ceiling")]
    for name, result in summary["training"].items():
        best = max(result["pytorch_tokens_per_s"] or 0, result["pytorch_autocast_tokens_per_s"] or 0) or None
        rows.append((f"LoRA training {name}, tokens/s", show(result["lora_tokens_per_s"]), result["pytorch_error"] or show(best),
                     show(result["ratio_to_pytorch"]), show(result["ratio_to_matrix_ceiling"])))
    for dtype, result in summary["generation"].items():
        best = max((rate or 0 for rate in result["prompts_per_s"].values()), default=0) or None
        rows.append((f"4 beams {dtype}, prompts/s", show(best), show(result["pytorch_one_by_one_prompts_per_s"]),
                     show(result["ratio_to_pytorch"]), ""))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())
    return 0 if summary["parity"] and names else 1


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("gpu-report.py takes the folder of the results")
    sys.exit(main(pathlib.Path(sys.argv[1])))
