"""Makes inspect/: logs of inspect_ai 0.3.285 with its mock model, of six rows under four prompts, and one log as JSON.

Usage: python inspect.py, renamed to anything but inspect.py (a module of Python has that name).
"""

import os
import shutil

from inspect_ai import Task, eval
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import ModelOutput, ModelUsage, get_model
from inspect_ai.scorer import includes, match
from inspect_ai.solver import generate, prompt_template

OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "inspect")
TEMPLATES = {
    "plain": "{prompt}",
    "story": "Once upon a time, {prompt}",
    "ask": "Question: {prompt}\nAnswer:",
    "polite": "Please answer. {prompt}",
}
ANIMALS = [("cat", "meow"), ("dog", "bark"), ("duck", "quack"), ("cow", "moo"), ("bee", "buzz"), ("owl", "hoot")]
SAID = ["meow", "The dog said bark", "quack", "moo moo", "I do not know", "hoot", "buzz"]


def answers(start):
    while True:
        output = ModelOutput.from_content("mockllm/model", SAID[start % len(SAID)])
        # Without a usage it is counted with a tokenizer from the network.
        output.usage = ModelUsage(input_tokens=8, output_tokens=2, total_tokens=10)
        yield output
        start += 1


def task(template):
    samples = [Sample(id=name, input=f"What does the {name} say?", target=sound) for name, sound in ANIMALS]
    return Task(dataset=MemoryDataset(samples, name="animals"), name="sounds", solver=[prompt_template(TEMPLATES[template]), generate()], scorer=[includes(), match()], metadata={"template": template})


shutil.rmtree(OUT, ignore_errors=True)
for i, template in enumerate(TEMPLATES):
    for form in ["eval", "json"] if template == "plain" else ["eval"]:
        model = get_model("mockllm/model", custom_outputs=answers(2 * i), memoize=False)
        eval(task(template), model=model, log_dir=f"{OUT}/{form}", log_format=form, display="none", max_samples=1)
