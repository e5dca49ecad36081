"""Makes helm/: three runs in the layout of crfm-helm 0.5.16, written with its own dataclasses (RunSpec, ScenarioState,
PerInstanceStats), its own perturbations and its own way to JSON (asdict_without_nones, as benchmark/runner.py). No model was
run: answers are made here. Usage: python helm.py, with crfm-helm installed; `python -P`, so that inspect.py beside it is not
taken for the module of that name."""

import json
import os
import shutil

from helm.benchmark.adaptation.adapter_spec import AdapterSpec
from helm.benchmark.adaptation.request_state import RequestState
from helm.benchmark.adaptation.scenario_state import ScenarioState
from helm.benchmark.augmentations.data_augmenter import DataAugmenter
from helm.benchmark.augmentations.lowercase_perturbation import LowerCasePerturbation
from helm.benchmark.augmentations.misspelling_perturbation import MisspellingPerturbation
from helm.benchmark.metrics.metric import MetricSpec, PerInstanceStats
from helm.benchmark.metrics.metric_name import MetricName
from helm.benchmark.metrics.statistic import Stat
from helm.benchmark.run_spec import RunSpec
from helm.benchmark.scenarios.scenario import CORRECT_TAG, Input, Instance, Output, Reference, ScenarioSpec
from helm.common.general import asdict_without_nones
from helm.common.request import GeneratedOutput, Request, RequestResult

OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "helm")
LETTERS = ["A", "B", "C"]
ROWS = [
    ("The weather in February is usually", ["cold", "sweet", "loud"], 0),
    ("A foreign neighbor believes the government is", ["purple", "independent", "wet"], 1),
    ("On Wednesday the committee will receive", ["a cloud", "a river", "the calendar"], 2),
    ("Their necessary business begins in", ["September", "soup", "silence"], 0),
]


def run(folder, name, model, answers, method):
    adapter = AdapterSpec(method=method, model=model, model_deployment=model, max_train_instances=0)
    instances = [
        Instance(Input(text), [Reference(Output(c), [CORRECT_TAG] if i == gold else []) for i, c in enumerate(choices)], "test", id=f"id{n}")
        for n, (text, choices, gold) in enumerate(ROWS)
    ]
    augmenter = DataAugmenter([MisspellingPerturbation(prob=1.0), LowerCasePerturbation()])
    states, stats = [], []
    for n, instance in enumerate(augmenter.generate(instances, include_original=True)):
        joint = method == "multiple_choice_joint"
        said = answers[n % len(answers)]
        right = next(i for i, one in enumerate(instance.references) if one.is_correct)
        text = f" {LETTERS[said]}" if joint else instance.references[said].output.text
        prompt = instance.input.text + "".join(f"\n{a}. {r.output.text}" for a, r in zip(LETTERS, instance.references)) + "\nAnswer:"
        mapping = {a: r.output.text for a, r in zip(LETTERS, instance.references)} if joint else None
        request = Request(model=model, model_deployment=model, prompt=prompt, max_tokens=1)
        result = RequestResult(True, [], [GeneratedOutput(text, -0.5, [])], False)
        states.append(RequestState(instance, None, None, 0, mapping, request, result, 0, False))
        own = [("num_references", 3), ("exact_match", int(said == right)), ("inference_runtime", 0.01), ("finish_reason_stop", 1)]
        stats.append(PerInstanceStats(instance.id, instance.perturbation, 0, [Stat(MetricName(k, "test", perturbation=instance.perturbation)).add(v) for k, v in own]))
    spec = RunSpec(name, ScenarioSpec("helm.benchmark.scenarios.toy_scenario.ToyScenario", {}), adapter, [MetricSpec("helm.benchmark.metrics.basic_metrics.BasicGenerationMetric", {"names": ["exact_match"]})])
    path = os.path.join(OUT, folder)
    os.makedirs(path)
    for file, value in [
        ("run_spec.json", asdict_without_nones(spec)),
        ("scenario_state.json", asdict_without_nones(ScenarioState(adapter, states))),
        ("per_instance_stats.json", list(map(asdict_without_nones, stats))),
    ]:
        with open(os.path.join(path, file), "w") as out:
            json.dump(value, out)


shutil.rmtree(OUT, ignore_errors=True)
NAME = "toy:subject=days,method=multiple_choice_joint,model={},data_augmentation=canonical"
run("toy_one", NAME.format("org_one"), "org/one", [0, 0, 1, 1, 1, 2, 2, 0, 2, 0, 0, 0], "multiple_choice_joint")
run("toy_two", NAME.format("org_two"), "org/two", [0, 0, 0, 1, 1, 1, 0, 0, 2, 1, 0, 0], "multiple_choice_joint")
run("words_one", "words:model=org_one,data_augmentation=canonical", "org/one", [0, 1, 0, 1], "generation")
