#!/usr/bin/env bash
# Measures this program on a GPU and, where Python has them, PyTorch + PEFT + Transformers beside it:
#   benchmarks/gpu.sh            all parts, then a table; results in out/gpu
#   benchmarks/gpu.sh PART ...   some of them: parity train generate pytorch-train pytorch-generate report
# A part is stopped after eight minutes (MINUTES); what it had not come to by then is named. DTYPES, BATCHES and EVAL_BATCHES
# choose what a part measures, so that all of it fits in several calls. Nothing is downloaded.
#   LONAS=FILE      the program, default ./lonas; or a portable LoNas.Bench (docs/gpu.md)
#   LONAS_LIBTORCH  the libtorch that it uses; where neither this nor LONAS_TORCH is set, that of PYTHON's torch
#   PYTHON=FILE     default python3; without torch, transformers and peft the pytorch parts are left out, and say so
#   OUT=DIR         results, default out/gpu; the random model too, unless MODEL=DIR says where
#   DEVICE=cuda  SHAPE=llama-7b  DTYPES="bf16 fp16"  BATCHES="4x256 16x512"  STEPS=8  PROMPTS=64  EVAL_BATCHES="1 16 64"
set -uo pipefail
start="$PWD"
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1

# A path that was given counts from where the script was called, a mere name of a program from the PATH.
given() { case "$1" in /*) echo "$1" ;; *) echo "$start/$1" ;; esac; }
program() { case "$1" in */*) given "$1" ;; *) echo "$1" ;; esac; }

LONAS="$(program "${LONAS:-$PWD/lonas}")"
PYTHON="$(program "${PYTHON:-python3}")"
OUT="$(given "${OUT:-$PWD/out/gpu}")"
DEVICE="${DEVICE:-cuda}"
SHAPE="${SHAPE:-llama-7b}"
MODEL="$(given "${MODEL:-$OUT/model-$SHAPE}")"
DTYPES="${DTYPES:-bf16 fp16}"
BATCHES="${BATCHES:-4x256 16x512}"
STEPS="${STEPS:-8}"
PROMPTS="${PROMPTS:-64}"
EVAL_BATCHES="${EVAL_BATCHES:-1 16 64}"
MINUTES="${MINUTES:-8}"
status=0

[ $# -gt 0 ] || set -- parity train generate pytorch-train pytorch-generate report
for part in "$@"; do
  case "$part" in
    parity | train | generate | pytorch-train | pytorch-generate | report) ;;
    *) echo "gpu.sh: unknown part '$part'; expected parity, train, generate, pytorch-train, pytorch-generate or report" >&2; exit 2 ;;
  esac
done

command -v "$LONAS" >/dev/null || { echo "gpu.sh: LONAS is '$LONAS', which is no program" >&2; exit 2; }
mkdir -p "$OUT"

if [ "$DEVICE" != cpu ] && [ -z "${LONAS_LIBTORCH:-}${LONAS_TORCH:-}" ]; then
  LONAS_LIBTORCH="$("$PYTHON" -c 'import torch; print(torch.__path__[0] + "/lib")' 2>/dev/null)" && export LONAS_LIBTORCH
fi

# run NAME COMMAND...: runs it for what is left of the part; what it prints goes to NAME.out and NAME.log. A failure is told and
# becomes NAME.json, unless the command has written a result of its own.
run() {
  local name="$1" code; shift
  echo "== $name"
  rm -f "$OUT/$name.json"
  if [ "$SECONDS" -ge "$deadline" ]; then
    echo "   not begun: the part's $MINUTES minutes are over; run it again with fewer of DTYPES, BATCHES or EVAL_BATCHES"
    status=1
    return 1
  fi

  timeout "$((deadline - SECONDS))" "$@" >"$OUT/$name.out" 2>"$OUT/$name.log" && return 0
  code=$?
  echo "   failed ($code): $(tail -n 1 "$OUT/$name.log")"
  tail -n 1 "$OUT/$name.log" | tr -d '"\\' | sed "s/.*/{\"error\": \"exit code $code: &\"}/" >"$OUT/$name.error"
  status=1
  return 1
}

# measure NAME COMMAND...: the command prints a JSON object, also where it exits with 1 for what does not hold.
measure() {
  run "$@" || true
  local name="$1"
  if [ -s "$OUT/$name.out" ] && [ "$(head -c 1 "$OUT/$name.out")" = "{" ]; then
    mv "$OUT/$name.out" "$OUT/$name.json"
  elif [ -f "$OUT/$name.error" ]; then
    mv "$OUT/$name.error" "$OUT/$name.json"
  fi
  rm -f "$OUT/$name.out" "$OUT/$name.error"
}

# baseline NAME ARGUMENTS...: the Python script writes the object itself.
baseline() {
  local name="$1"; shift
  run "$name" "$PYTHON" benchmarks/gpu-baseline.py "$@" --device "$DEVICE" --json "$OUT/$name.json" \
    || { [ -f "$OUT/$name.json" ] || mv "$OUT/$name.error" "$OUT/$name.json" 2>/dev/null; }
  rm -f "$OUT/$name.out" "$OUT/$name.error"
}

has_pytorch() {
  "$PYTHON" -c 'import torch, transformers, peft' 2>"$OUT/python.log" && return
  echo "   left out: $PYTHON has not all of torch, transformers and peft ($(tail -n 1 "$OUT/python.log"))"
  return 1
}

long_name() { case "$1" in bf16) echo bfloat16 ;; fp16) echo float16 ;; *) echo float32 ;; esac; }

# One prompt at a time takes as many times longer.
prompts_for() { echo $(($1 == 1 ? (PROMPTS + 7) / 8 : PROMPTS)); }

parity() {
  measure parity "$LONAS" bench parity --device "$DEVICE" --json
}

train() {
  mkdir -p "$MODEL"
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
      measure "generate-$dtype-$batch" "$LONAS" bench generate --device "$DEVICE" --model_name_or_path "$MODEL" \
        --dtypes "$(long_name "$dtype")" --prompts "$(prompts_for "$batch")" --per_device_eval_batch_size "$batch" --num_beams 4 \
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
      --max_new_tokens 32 --max_seconds 100)
    for batch in $EVAL_BATCHES; do
      local way=(--batch "$batch")
      [ "$batch" -gt 1 ] || way+=(--one_by_one)
      baseline "pytorch-generate-$dtype-$batch" "${common[@]}" --prompts "$(prompts_for "$batch")" "${way[@]}"
    done
  done
}

report() {
  command -v "$PYTHON" >/dev/null || { echo "   no table: '$PYTHON' is no program; the results are in $OUT"; return 1; }
  "$LONAS" --version >"$OUT/version.txt"
  "$PYTHON" benchmarks/gpu-report.py "$OUT"
}

for part in "$@"; do
  deadline=$((SECONDS + MINUTES * 60))
  case "$part" in
    parity | train | generate | pytorch-train | pytorch-generate) "$part" ;;
    report) report || status=1 ;;
  esac
done
exit "$status"
