#!/bin/bash
# A search by eight workers on a disk that all nodes share: sbatch search-slurm.sh
# Any of them may end or be killed: 'scontrol requeue' or another sbatch of this file goes on.
#SBATCH --job-name=lonas-search
#SBATCH --array=0-7
#SBATCH --cpus-per-task=8
#SBATCH --mem=32G
#SBATCH --time=12:00:00
#SBATCH --requeue
#SBATCH --signal=TERM@60
set -euo pipefail

: "${LONAS:=$HOME/lonas/lonas}"
: "${MODEL:?set MODEL, the folder of the base model}"
: "${ADAPTER:?set ADAPTER, the folder of the trained adapter}"
: "${DATASET:?set DATASET, the records of its training}"
: "${OUTPUT:?set OUTPUT, a folder on the shared disk}"

# To meet in a database instead: WORKERS=postgres://lonas@db/searches, and the password in ~/.pgpass.
exec srun "$LONAS" search --model_name_or_path "$MODEL" --lora_weights "$ADAPTER" --dataset_path "$DATASET" \
  --val_set_size 100 --threads "$SLURM_CPUS_PER_TASK" --output_dir "$OUTPUT" --workers "${WORKERS:-shared}"
