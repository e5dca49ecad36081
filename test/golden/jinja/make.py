"""What Jinja2 makes of templates.txt in the environment of transformers' chat templates: python make.py (writes golden.json).

Templates are separated by lines; those of several lines are in MORE. Failures are kept as such, without their text.
"""
import json
import os
import sys

import jinja2
import transformers
from transformers.utils.chat_template_utils import _compile_jinja_template

HERE = os.path.dirname(os.path.abspath(__file__))
NAMES = {
    "messages": [{"role": "user", "content": "Q1"}, {"role": "assistant", "content": " A1"}, {"role": "user", "content": "Q2\n"}],
    "tools": None, "documents": None, "add_generation_prompt": True, "bos": "<s>", "eos": "</s>",
}
ADDRESS = " at 0x"


def main():
    lines = open(os.path.join(HERE, "templates.txt"), encoding="utf8").read().split("\n")
    templates = [line for line in lines if line]
    # Each run of lines, too: white space around tags matters there.
    templates += ["\n".join(lines[i:i + 4]) for i in range(0, len(lines) - 4, 5)]
    # And as files from Windows.
    templates += ["\r\n".join(lines[i:i + 3]) for i in range(len(lines) - 120, len(lines) - 30, 30)]
    start = next(i for i, line in enumerate(lines) if line == "a")
    end = next(i for i, line in enumerate(lines) if line.startswith("{% if messages %}"))
    templates += ["\n".join(lines[i:i + size]) for size in (2, 3, 5, 8) for i in range(start, end - size)]
    golden = []
    for template in dict.fromkeys(templates):
        try:
            text = _compile_jinja_template(template).render(**json.loads(json.dumps(NAMES)))
        except Exception as error:
            golden.append({"template": template, "fails": type(error).__name__})
            continue
        if ADDRESS in text:
            golden.append({"template": template, "fails": "address"})
        else:
            golden.append({"template": template, "text": text})
    with open(os.path.join(HERE, "golden.json"), "w") as file:
        json.dump({"versions": {"jinja2": jinja2.__version__, "transformers": transformers.__version__,
                                "python": sys.version.split()[0]}, "names": NAMES, "cases": golden}, file, indent=1, ensure_ascii=True)
        file.write("\n")
    print(len(golden), sum("fails" in one for one in golden))


main()
