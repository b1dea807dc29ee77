#!/bin/bash
# A training by four ranks on four nodes: sbatch train-slurm.sh
# Two minutes before its time is over it saves a checkpoint; sbatch of this file again goes on, with any number of nodes.
#SBATCH --job-name=lonas-train
#SBATCH --nodes=4
#SBATCH --ntasks-per-node=1
#SBATCH --cpus-per-task=16
#SBATCH --mem=48G
#SBATCH --time=12:00:00
#SBATCH --signal=USR1@120
set -euo pipefail

: "${LONAS:=$HOME/lonas/lonas}"
: "${MODEL:?set MODEL, the folder of the base model, the same on all nodes}"
: "${DATASET:?set DATASET, the training records, the same on all nodes}"
: "${CONFIG:?set CONFIG, the search space (lonas make-config)}"
: "${OUTPUT:?set OUTPUT, a folder on a disk that all nodes share}"

# 'srun --mpi=list' says which kinds there are: pmix for Open MPI, pmi2 for MPICH. LONAS_MPI names a library.
exec srun --mpi="${MPI:-pmix}" --cpu-bind=cores "$LONAS" run-math --do_train --dataset_path "$DATASET" \
  --model_name_or_path "$MODEL" --nncf_config "$CONFIG" --lora --lora_r 32 --lora_alpha 64 --lora_dropout 0.1 \
  --target_modules q_proj,k_proj,v_proj,up_proj,down_proj --per_device_train_batch_size 4 \
  --gradient_accumulation_steps 4 --num_train_epochs 3 --save_steps 200 --threads "$SLURM_CPUS_PER_TASK" \
  --output_dir "$OUTPUT"
