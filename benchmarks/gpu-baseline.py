#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Baseline of the GPU benchmarks: LoRA training and generation with Transformers and PEFT.

  train     seconds per step and tokens per second of LoRA training
  generate  tokens per second of greedy or beam search, batched or one prompt at a time
  limit     what the GPU itself reaches: matrix products and memory copies

The model has random weights and the tokens are random: neither changes the speed, and nothing
has to be downloaded. The settings are those of a careful user of the two libraries (SDPA
attention, fused AdamW, no host synchronisation inside a step); there are no custom kernels and
no torch.compile. Each run writes its arguments, figures and library versions to one JSON file.
Running out of GPU memory is a result, not a failure: the JSON then has "error".

  gpu-baseline.py train --shape llama-7b --dtype bf16 --batch 8 --seq 512 --steps 20 --json t.json
  gpu-baseline.py generate --dtype fp16 --prompts 64 --batch 16 --num_beams 4 --json g.json
  gpu-baseline.py limit --json l.json
"""
import argparse
import contextlib
import importlib.metadata
import json
import math
import platform
import statistics
import subprocess
import time

import torch

SHAPES = {
    "llama-7b": dict(hidden_size=4096, num_hidden_layers=32, num_attention_heads=32, intermediate_size=11008),
    "llama-110m": dict(hidden_size=768, num_hidden_layers=12, num_attention_heads=12, intermediate_size=2048),
}
VOCAB = 32000
DTYPES = {"bf16": torch.bfloat16, "fp16": torch.float16, "fp32": torch.float32}
TARGETS = ["q_proj", "k_proj", "v_proj", "up_proj", "gate_proj", "down_proj"]
PAD = 0
FIRST_TOKEN = 3  # ids 0-2 are the special tokens of the LLaMA vocabulary
WARMUP_STEPS = 3


# ---- timing, memory and versions -------------------------------------------------------------

def synchronize(device):
    """Wait for queued GPU work, so that a clock read afterwards includes it."""
    if device.type == "cuda":
        torch.cuda.synchronize()


def seconds(device, action):
    """Wall time of action() with the device idle before and after; returns (seconds, result)."""
    synchronize(device)
    start = time.perf_counter()
    result = action()
    synchronize(device)
    return time.perf_counter() - start, result


def reset_peak_memory(device):
    """Count from the finished model on, so that building it cannot set the peak."""
    if device.type == "cuda":
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()


def peak_memory(device):
    if device.type != "cuda":
        return {}
    return {
        "max_memory_allocated": torch.cuda.max_memory_allocated(),
        "max_memory_reserved": torch.cuda.max_memory_reserved(),
    }


def package_version(name):
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def driver_version():
    query = ["nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader"]
    try:
        lines = subprocess.run(query, capture_output=True, text=True, timeout=30, check=True).stdout.split()
        return lines[0] if lines else None
    except (OSError, subprocess.SubprocessError):
        return None


def versions(device):
    found = {
        "python": platform.python_version(),
        "torch": torch.__version__,
        "transformers": package_version("transformers"),
        "peft": package_version("peft"),
        "cuda": torch.version.cuda,
        "driver": None,
        "gpu": None,
    }
    if device.type == "cuda":
        properties = torch.cuda.get_device_properties(device)
        found.update(driver=driver_version(), gpu=properties.name, gpu_memory=properties.total_memory)
    return found


# ---- the model -------------------------------------------------------------------------------

def build_model(args, device):
    """A LLaMA with random weights, made on the device in its own dtype: no float32 host copy."""
    import transformers
    transformers.logging.set_verbosity_error()
    shape = dict(SHAPES[args.shape])
    if args.layers:
        shape["num_hidden_layers"] = args.layers
    # Without an end-of-sequence token no generation can end early.
    config = transformers.LlamaConfig(vocab_size=VOCAB, eos_token_id=None, **shape)
    dtype = DTYPES[args.dtype]
    # Transformers renamed this argument during version 4; every 4.x takes the old name.
    dtype_name = "torch_dtype" if transformers.__version__.startswith("4.") else "dtype"
    with torch.device(device):
        model = transformers.AutoModelForCausalLM.from_config(
            config, attn_implementation="sdpa", **{dtype_name: dtype})
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.data = parameter.data.to(device=device, dtype=dtype)  # no-op where already so
            if parameter.dim() > 1:  # norm weights stay 1
                parameter.normal_(0.0, 0.02)
    model.generation_config.eos_token_id = None
    model.generation_config.pad_token_id = PAD
    return model


def add_lora(model, args, adapter_dtype):
    """Wrap the model with PEFT; the base is frozen and the adapters are in adapter_dtype."""
    import peft
    config = peft.LoraConfig(
        r=args.lora_r, lora_alpha=2 * args.lora_r, lora_dropout=args.lora_dropout,
        target_modules=TARGETS, bias="none", task_type="CAUSAL_LM")
    model = peft.get_peft_model(model, config)
    for parameter in model.parameters():
        if parameter.requires_grad:
            # float32 is what current PEFT chooses by itself; old versions kept the base's dtype.
            parameter.data = parameter.data.to(adapter_dtype)
    return model


def count_parameters(model):
    return {
        "parameters": sum(p.numel() for p in model.parameters()),
        "trainable_parameters": sum(p.numel() for p in model.parameters() if p.requires_grad),
    }


# ---- train -----------------------------------------------------------------------------------

def compute_dtype(args):
    """What autocast computes in: the model's dtype, or bfloat16 for a float32 model."""
    return torch.bfloat16 if args.dtype == "fp32" else DTYPES[args.dtype]


def train_step(model, ids, parameters, optimizer, scaler, autocast):
    """One whole optimizer step. Nothing here reads a value back, so the host never waits."""
    with autocast():
        loss = model(input_ids=ids, labels=ids, use_cache=False).loss
    scaler.scale(loss).backward()
    scaler.unscale_(optimizer)
    torch.nn.utils.clip_grad_norm_(parameters, max_norm=1.0)
    scaler.step(optimizer)
    scaler.update()
    optimizer.zero_grad(set_to_none=True)
    return loss.detach()


def prepare_training(args, device):
    model = build_model(args, device)
    model.config.use_cache = False
    if args.gradient_checkpointing:
        model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
    model = add_lora(model, args, torch.float32).train()
    parameters = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(parameters, lr=3e-4, weight_decay=0.0, fused=device.type == "cuda")
    # When disabled, the scaler passes everything through, so all dtypes share one step function.
    scaler = torch.amp.GradScaler(device.type, enabled=args.dtype == "fp16")
    if args.autocast:
        def autocast():
            return torch.autocast(device.type, dtype=compute_dtype(args))
    else:
        autocast = contextlib.nullcontext
    return model, parameters, optimizer, scaler, autocast


def train(args, device):
    model, parameters, optimizer, scaler, autocast = prepare_training(args, device)
    # The data are ready before the clock starts. Without padding there is no attention mask, which
    # lets SDPA take its causal kernel.
    shape = (WARMUP_STEPS + args.steps, args.batch, args.seq)
    data = torch.randint(FIRST_TOKEN, VOCAB, shape, device=device)
    reset_peak_memory(device)

    times, spent = [], 0.0
    for index, ids in enumerate(data):
        elapsed, loss = seconds(
            device, lambda: train_step(model, ids, parameters, optimizer, scaler, autocast))
        if index == 0:
            first_loss = loss
        if index >= WARMUP_STEPS:
            times.append(elapsed)
            spent += elapsed
            if spent >= args.max_seconds:
                break
    median = statistics.median(times)
    return {
        "median_seconds_per_step": median,
        "min_seconds_per_step": min(times),
        "max_seconds_per_step": max(times),
        "seconds_of_steps": times,
        "steps_timed": len(times),
        "tokens_per_step": args.batch * args.seq,
        "tokens_per_s": args.batch * args.seq / median,
        "first_loss": first_loss.item(),
        "last_loss": loss.item(),
        # fp16: each overflow halves 65536; the optimizer leaves the weights alone in such a step.
        "loss_scale_at_end": scaler.get_scale(),
        **count_parameters(model),
    }


# ---- generate --------------------------------------------------------------------------------

def make_batches(args, batch_size, device):
    """Random prompts as left-padded (ids, mask) batches, each padded to its longest prompt only."""
    torch.manual_seed(args.seed)  # the same prompts, however much chance building the model used up
    lengths = torch.randint(args.min_prompt_length, args.max_prompt_length + 1, (args.prompts,)).tolist()
    if args.sort:
        lengths.sort(reverse=True)
    batches = []
    for start in range(0, len(lengths), batch_size):
        chunk = lengths[start:start + batch_size]
        ids = torch.full((len(chunk), max(chunk)), PAD, dtype=torch.long)
        mask = torch.zeros_like(ids)
        for row, length in enumerate(chunk):
            ids[row, -length:] = torch.randint(FIRST_TOKEN, VOCAB, (length,))
            mask[row, -length:] = 1
        batches.append((ids.to(device), mask.to(device)))
    return batches


def generate_batch(model, args, ids, mask):
    """Number of new tokens per prompt (of the best beam)."""
    with torch.inference_mode():
        output = model.generate(
            input_ids=ids, attention_mask=mask, do_sample=False, num_beams=args.num_beams,
            max_new_tokens=args.max_new_tokens, min_new_tokens=args.max_new_tokens,
            use_cache=True, pad_token_id=PAD)
    return output.shape[1] - ids.shape[1]


def generate(args, device):
    model = build_model(args, device)
    if args.adapter == "unmerged":
        model = add_lora(model, args, DTYPES[args.dtype])  # half precision throughout, as evaluations do
    model.eval()
    batch_size = 1 if args.one_by_one else args.batch
    batches = make_batches(args, batch_size, device)
    reset_peak_memory(device)
    warmup_seconds, _ = seconds(device, lambda: generate_batch(model, args, *batches[0]))

    total, prompts, prompt_tokens, new_tokens, decode_steps, done = 0.0, 0, 0, 0, 0, 0
    for ids, mask in batches:
        elapsed, new = seconds(device, lambda: generate_batch(model, args, ids, mask))
        total += elapsed
        done += 1
        decode_steps += new
        prompts += ids.shape[0]
        prompt_tokens += int(mask.sum())
        new_tokens += ids.shape[0] * new
        if total >= args.max_seconds:  # a slow setting is reported on what it did
            break
    return {
        "seconds": total,
        "warmup_seconds": warmup_seconds,
        "batch_used": batch_size,
        "batches_done": done,
        "prompts_done": prompts,
        "stopped_early": prompts < args.prompts,
        "prompt_tokens": prompt_tokens,
        "new_tokens": new_tokens,
        "all_tokens_generated": new_tokens == prompts * args.max_new_tokens,  # false: distrust this run
        "tokens_per_s": new_tokens / total,
        "prompts_per_s": prompts / total,
        "seconds_per_decode_step": total / max(decode_steps, 1),  # prompt processing included
        **count_parameters(model),
    }


# ---- limit -----------------------------------------------------------------------------------

def median_time(device, action, warmups=5, repeats=20):
    for _ in range(warmups):
        action()
    if device.type != "cuda":
        return statistics.median(seconds(device, action)[0] for _ in range(repeats))
    # Events between queued calls leave out launch and synchronisation, which matter for 1 ms calls.
    events = [torch.cuda.Event(enable_timing=True) for _ in range(repeats + 1)]
    events[0].record()
    for event in events[1:]:
        action()
        event.record()
    torch.cuda.synchronize()
    return statistics.median(a.elapsed_time(b) for a, b in zip(events, events[1:])) / 1e3


def matmul_tflops(device, dtype, size):
    # Random data: products of constants draw less power and so reach a higher clock.
    left, right = (torch.randn(size, size, device=device, dtype=dtype) for _ in range(2))
    out = torch.empty_like(left)
    return 2 * size ** 3 / median_time(device, lambda: torch.mm(left, right, out=out)) / 1e12


def copy_gb_per_s(device, size):
    source = torch.rand(size // 4, device=device, dtype=torch.float32)
    target = torch.empty_like(source)
    return 2 * size / median_time(device, lambda: target.copy_(source)) / 1e9  # read and written


def limit(args, device):
    # Small sizes off the GPU: there the command is only a smoke test.
    size, copied = (8192, 4 << 30) if device.type == "cuda" else (256, 4 << 20)
    figures = {"matmul_size": size, "copy_bytes": copied}
    for name in ("bf16", "fp16"):
        figures[f"matmul_{name}_tflops"] = matmul_tflops(device, DTYPES[name], size)
    for name, precision in (("tf32", "high"), ("fp32", "highest")):
        torch.set_float32_matmul_precision(precision)
        figures[f"matmul_{name}_tflops"] = matmul_tflops(device, torch.float32, size)
    figures["copy_gb_per_s"] = copy_gb_per_s(device, copied)
    return figures


# ---- command line ----------------------------------------------------------------------------

def positive(text):
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return value


def common_arguments():
    common = argparse.ArgumentParser(add_help=False)
    add = common.add_argument
    add("--json", required=True, metavar="FILE", help="where to write the result")
    add("--device", choices=["cuda", "cpu"], default="cuda", help="cpu is for smoke tests only")
    add("--shape", choices=sorted(SHAPES), default="llama-7b", help="size of the model")
    add("--layers", type=positive, help="fewer (or more) layers than the shape has")
    add("--dtype", choices=sorted(DTYPES), default="bf16", help="dtype of the base model")
    add("--tf32", action="store_true", help="let float32 products use TF32 (PyTorch's default: no)")
    add("--batch", type=positive, default=8, help="sequences per step, or prompts per batch")
    add("--seq", type=positive, default=512, help="train: tokens per sequence")
    add("--steps", type=positive, default=20, help="train: timed steps, after 3 to warm up")
    add("--lora_r", type=positive, default=32, help="rank of the adapters; alpha is twice that")
    add("--lora_dropout", type=float, default=0.0, help="dropout before the adapters")
    add("--max_seconds", type=float, default=150.0, help="stop timing after so long, report what was done")
    add("--seed", type=int, default=0, help="seed of weights, tokens and prompt lengths")
    return common


def parse_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    shared = dict(parents=[common_arguments()], formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    add = commands.add_parser("train", help="LoRA training", **shared).add_argument
    add("--autocast", action="store_true",
        help="forward under torch.autocast, as Trainer's bf16/fp16 flags do (a fp32 model: in bf16)")
    add("--gradient_checkpointing", action="store_true", help="recompute activations in the backward pass")
    add = commands.add_parser("generate", help="greedy or beam search", **shared).add_argument
    add("--prompts", type=positive, default=64, help="how many prompts")
    add("--num_beams", type=positive, default=1, help="1 is greedy")
    add("--min_prompt_length", type=positive, default=32, help="shortest prompt, tokens")
    add("--max_prompt_length", type=positive, default=128, help="longest prompt, tokens")
    add("--max_new_tokens", type=positive, default=32, help="new tokens of every prompt, exactly")
    add("--one_by_one", action="store_true", help="one prompt at a time, whatever --batch says")
    add("--sort", action="store_true", help="batch prompts of like length together, longest first")
    add("--adapter", choices=["merged", "unmerged"], default="merged",
        help="merged: a plain model, as after merge_and_unload; unmerged: PEFT layers in --dtype")
    commands.add_parser("limit", help="matrix products and copies", **shared)
    args = parser.parse_args()
    if args.command == "generate" and args.min_prompt_length > args.max_prompt_length:
        parser.error("--min_prompt_length is above --max_prompt_length")
    if args.device == "cuda" and not torch.cuda.is_available():
        parser.error("there is no CUDA device (--device cpu makes a smoke test)")
    return args


def is_out_of_memory(error):
    text = str(error)
    return "out of memory" in text.lower() or "CUBLAS_STATUS_ALLOC_FAILED" in text


def json_safe(value):
    """JSON has no NaN or infinity: write null."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def summary(args, figures):
    if "error" in figures:
        return figures["error"]
    if args.command == "train":
        return f"{figures['median_seconds_per_step']:.4f} s/step, {figures['tokens_per_s']:.0f} tokens/s"
    if args.command == "generate":
        return f"{figures['tokens_per_s']:.1f} tokens/s, {figures['prompts_per_s']:.2f} prompts/s"
    rates = " ".join(f"{n} {figures[f'matmul_{n}_tflops']:.1f}" for n in ("bf16", "fp16", "tf32", "fp32"))
    return f"TFLOP/s: {rates}; copy {figures['copy_gb_per_s']:.0f} GB/s"


def main():
    args = parse_arguments()
    device = torch.device(args.device)
    torch.manual_seed(args.seed)
    torch.set_float32_matmul_precision("high" if args.tf32 else "highest")
    try:
        figures = {"train": train, "generate": generate, "limit": limit}[args.command](args, device)
    except RuntimeError as error:  # torch's out-of-memory errors are RuntimeErrors
        if not is_out_of_memory(error):
            raise
        figures = {"error": "out of memory"}
    figures.update(peak_memory(device))
    arguments = {name: value for name, value in vars(args).items() if name != "json"}
    result = {
        "arguments": arguments,
        "figures": {name: json_safe(value) for name, value in figures.items()},
        "versions": versions(device),
    }
    if "error" in figures:
        result["error"] = figures["error"]
    with open(args.json, "w", encoding="utf-8") as file:
        json.dump(result, file, indent=2)
        file.write("\n")
    model = "" if args.command == "limit" else f" {args.shape} {args.dtype}"
    print(f"{args.command}{model}: {summary(args, figures)}")


if __name__ == "__main__":
    main()
