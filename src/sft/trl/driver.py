"""Trains with Hugging Face TRL on the data and settings beside this file, which amuro-eval wrote.

    python train.py
    accelerate launch --config_file accelerate.yaml train.py        several GPUs

Goes on from the last checkpoint of an earlier run. Needs trl, and peft for an adapter.
"""

import json
import math
import os
import platform
import shutil
import time

import datasets
import torch
import transformers
import trl
from transformers import AutoModelForCausalLM, AutoTokenizer
from transformers.trainer_utils import get_last_checkpoint
from trl import SFTConfig, SFTTrainer

HERE = os.path.dirname(os.path.abspath(__file__))
OUT = os.path.dirname(HERE)


def read(name):
    with open(os.path.join(HERE, name), encoding="utf-8") as file:
        return json.load(file)


def dataset(name):
    path = os.path.join(HERE, name)
    return datasets.load_dataset("json", data_files=path, split="train") if os.path.getsize(path) > 0 else None


def main():
    job, settings = read("job.json"), read("sft_config.json")
    world = int(os.environ.get("WORLD_SIZE", "1"))
    batch = settings["per_device_train_batch_size"]
    if batch % world != 0:
        raise SystemExit(f"a batch of {batch} examples cannot be shared by {world} processes; choose another number of them")
    settings["per_device_train_batch_size"] = batch // world
    config = SFTConfig(output_dir=os.path.join(HERE, "checkpoints"), **settings)
    tokenizer = AutoTokenizer.from_pretrained(job["tokenizer"])
    if job["chat_template"] is not None:
        tokenizer.chat_template = job["chat_template"]
    model = AutoModelForCausalLM.from_pretrained(job["model"], dtype=torch.float32)
    adapter = None
    if job["lora"] is not None:
        from peft import LoraConfig

        adapter = LoraConfig(task_type="CAUSAL_LM", **job["lora"])
    held_out = dataset("held_out.jsonl")
    trainer = SFTTrainer(model=model, args=config, train_dataset=dataset("train.jsonl"), eval_dataset=held_out,
                         processing_class=tokenizer, peft_config=adapter)
    last = get_last_checkpoint(config.output_dir) if os.path.isdir(config.output_dir) else None
    started = time.time()
    if last is None and held_out is not None:
        trainer.evaluate()
    trainer.train(resume_from_checkpoint=last)
    held_out_loss = trainer.evaluate()["eval_loss"] if held_out is not None else None
    if job["dtype"] == "bf16":
        trainer.model.to(torch.bfloat16)
    trainer.save_model(OUT)
    if not trainer.is_world_process_zero():
        return
    steps = [line for line in trainer.state.log_history if "loss" in line]
    with open(os.path.join(OUT, "training_log.jsonl"), "w", encoding="utf-8") as log:
        for line in trainer.state.log_history:
            log.write(json.dumps(line) + "\n")
    last_epoch = [line["loss"] for line in steps if line["epoch"] > math.ceil(config.num_train_epochs) - 1]
    record = dict(read("record.json"), train_loss=sum(last_epoch) / max(1, len(last_epoch)), held_out_loss=held_out_loss,
                  seconds=time.time() - started)
    record["versions"].update(python=platform.python_version(), torch=torch.__version__,
                              transformers=transformers.__version__, trl=trl.__version__)
    with open(os.path.join(OUT, "amuro_sft.json"), "w", encoding="utf-8") as file:
        json.dump(record, file, indent=2)
    shutil.rmtree(os.path.join(OUT, "resume"), ignore_errors=True)
    print(f"written to {OUT}")


if __name__ == "__main__":
    main()
