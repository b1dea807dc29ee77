#!/usr/bin/env bash
# Measures this program on a GPU and, where Python has them, PyTorch + PEFT + Transformers beside it:
#   benchmarks/gpu.sh            all parts, then a table; results in out/gpu
#   benchmarks/gpu.sh PART ...   some of them: parity train generate pytorch-train pytorch-generate report
# Every part ends within eight minutes, so that they fit a borrowed machine. Nothing is downloaded.
#   LONAS=FILE      the program, default ./lonas; a portable one runs on PyTorch's libtorch (LONAS_LIBTORCH, docs/gpu.md)
#   PYTHON=FILE     default python3; without torch, transformers and peft the pytorch parts are left out, and say so
#   OUT=DIR         results, default out/gpu; the random model too, unless MODEL=DIR says where
#   DEVICE=cuda  SHAPE=llama-7b  DTYPES="bf16 fp16"  BATCHES="4x256 16x512"  STEPS=8  PROMPTS=64  EVAL_BATCHES="1 16 64"
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1

LONAS="${LONAS:-./lonas}"
PYTHON="${PYTHON:-python3}"
OUT="${OUT:-out/gpu}"
MODEL="${MODEL:-$OUT/model}"
DEVICE="${DEVICE:-cuda}"
SHAPE="${SHAPE:-llama-7b}"
DTYPES="${DTYPES:-bf16 fp16}"
BATCHES="${BATCHES:-4x256 16x512}"
STEPS="${STEPS:-8}"
PROMPTS="${PROMPTS:-64}"
EVAL_BATCHES="${EVAL_BATCHES:-1 16 64}"
MINUTES=8
status=0
mkdir -p "$OUT" "$MODEL"

# measure NAME COMMAND...: what the command prints becomes NAME.json; a failure is told, and the others go on.
measure() {
  local name="$1"; shift
  echo "== $name"
  if timeout "${MINUTES}m" "$@" >"$OUT/$name.json.part" 2>"$OUT/$name.log"; then
    mv "$OUT/$name.json.part" "$OUT/$name.json"
  else
    echo "   failed ($?): $(tail -n 1 "$OUT/$name.log")"
    rm -f "$OUT/$name.json.part"
    status=1
  fi
}

# baseline NAME ARGUMENTS...: the Python script writes NAME.json itself.
baseline() {
  local name="$1"; shift
  echo "== $name"
  timeout "${MINUTES}m" "$PYTHON" benchmarks/gpu-baseline.py "$@" --device "$DEVICE" --json "$OUT/$name.json" \
    >"$OUT/$name.log" 2>&1 || { echo "   failed ($?): $(tail -n 1 "$OUT/$name.log")"; status=1; }
}

has_pytorch() {
  "$PYTHON" -c 'import torch, transformers, peft' 2>"$OUT/python.log" && return
  echo "   left out: $PYTHON has not all of torch, transformers and peft ($(tail -n 1 "$OUT/python.log"))"
  return 1
}

long_name() { case "$1" in bf16) echo bfloat16 ;; fp16) echo float16 ;; *) echo float32 ;; esac; }

parity() {
  measure parity "$LONAS" bench parity --device "$DEVICE" --json
}

train() {
  for dtype in $DTYPES; do
    for size in $BATCHES; do
      measure "train-$dtype-$size" "$LONAS" bench train --device "$DEVICE" --shape "$SHAPE" --dtype "$dtype" \
        --batch "${size%x*}" --seq "${size#*x}" --steps "$STEPS" --variants Lora,Lonas,Limit --work_dir "$MODEL" --json
    done
  done
}

generate() {
  [ -f "$MODEL/config.json" ] || { echo "   no model in $MODEL: run the part 'train' first"; status=1; return; }
  for dtype in $DTYPES; do
    for batch in $EVAL_BATCHES; do
      # One prompt at a time takes as many times longer.
      local prompts=$((batch == 1 ? (PROMPTS + 7) / 8 : PROMPTS))
      measure "generate-$dtype-$batch" "$LONAS" bench generate --device "$DEVICE" --model_name_or_path "$MODEL" \
        --dtypes "$(long_name "$dtype")" --prompts "$prompts" --per_device_eval_batch_size "$batch" --num_beams 4 \
        --baseline False --json
    done
  done
}

pytorch-train() {
  has_pytorch || return 0
  baseline pytorch-limit limit
  for dtype in $DTYPES; do
    for size in $BATCHES; do
      baseline "pytorch-train-$dtype-$size" train --shape "$SHAPE" --dtype "$dtype" \
        --batch "${size%x*}" --seq "${size#*x}" --steps "$STEPS"
      baseline "pytorch-autocast-$dtype-$size" train --shape "$SHAPE" --dtype "$dtype" \
        --batch "${size%x*}" --seq "${size#*x}" --steps "$STEPS" --autocast
    done
  done
}

pytorch-generate() {
  has_pytorch || return 0
  for dtype in $DTYPES; do
    local common=(generate --shape "$SHAPE" --dtype "$dtype" --num_beams 4 --min_prompt_length 64 --max_prompt_length 192
      --max_new_tokens 32 --max_seconds 120)
    baseline "pytorch-generate-$dtype-1" "${common[@]}" --prompts "$PROMPTS" --batch 1 --one_by_one
    baseline "pytorch-generate-$dtype-16" "${common[@]}" --prompts "$PROMPTS" --batch 16
  done
}

report() {
  "$PYTHON" benchmarks/gpu-report.py "$OUT"
}

[ $# -gt 0 ] || set -- parity train generate pytorch-train pytorch-generate report
for part in "$@"; do
  case "$part" in
    parity | train | generate | pytorch-train | pytorch-generate) "$part" ;;
    report) report || status=1 ;;
    *) echo "gpu.sh: unknown part '$part'; expected parity, train, generate, pytorch-train, pytorch-generate or report" >&2; exit 2 ;;
  esac
done
exit "$status"
