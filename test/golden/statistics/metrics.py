"""Writes metrics.json: statistics of random scores by numpy, scipy and statsmodels.

Run `python metrics.py`; the versions used are in the file.
"""

import itertools
import json
import platform
from pathlib import Path

import numpy as np
import pandas as pd
import scipy
import statsmodels
from scipy import stats
from statsmodels.stats.proportion import proportion_confint
from statsmodels.formula.api import ols
from statsmodels.stats.anova import anova_lm
from statsmodels.stats.meta_analysis import combine_effects
from statsmodels.stats.multitest import multipletests

RNG = np.random.default_rng(20261)


def grid(kind: str, prompts: int, items: int) -> np.ndarray:
    ability = RNG.normal(size=(1, items))
    wording = RNG.normal(scale=0.5, size=(prompts, 1))
    probability = 1 / (1 + np.exp(-(ability + wording)))
    if kind == "binary":
        return (RNG.random((prompts, items)) < probability).astype(float)
    return np.round(np.clip(probability + RNG.normal(scale=0.1, size=(prompts, items)), 0, 1), 3)


def anova(values: np.ndarray) -> dict:
    """Mean squares of the two-way layout, from statsmodels."""
    prompts, items = values.shape
    frame = pd.DataFrame(
        [(p, i, values[p, i]) for p in range(prompts) for i in range(items)], columns=["prompt", "item", "score"]
    )
    table = anova_lm(ols("score ~ C(prompt) + C(item)", frame).fit())
    squares = {name: float(table.loc[row, "mean_sq"]) for name, row in [
        ("msPrompt", "C(prompt)"), ("msItem", "C(item)"), ("msResidual", "Residual")]}
    squares["p"] = float(table.loc["C(prompt)", "PR(>F)"])
    return squares


def pseudo_values(values: np.ndarray) -> np.ndarray:
    """Logit of each prompt's mean plus slope times the item's deviation."""
    items = values.shape[1]
    k = values.sum(axis=1, keepdims=True)
    slope = items / (k + 0.5) + items / (items - k + 0.5)
    return np.log((k + 0.5) / (items - k + 0.5)) + slope * (values - values.mean(axis=1, keepdims=True))


def pss(values: np.ndarray) -> float:
    pairs = list(itertools.combinations(range(len(values)), 2))
    return float(np.mean([[abs(values[a, i] - values[b, i]) for a, b in pairs] for i in range(values.shape[1])]))


def williams(ms_p: float, ms_r: float, prompts: int, items: int) -> list[float]:
    df = (prompts - 1, (prompts - 1) * (items - 1))
    out = []
    for q in [0.975, 0.025]:
        f, chi = stats.f.ppf(q, *df), stats.chi2.ppf(q, df[0]) / df[0]
        out.append(float(np.sqrt(max(0.0, (ms_p - f * ms_r) / (items * chi)))))
    return out


def grids() -> list[dict]:
    cases = []
    for kind in ["binary", "graded"]:
        for prompts, items in [(2, 5), (3, 12), (5, 40), (10, 33), (6, 70)]:
            before, after = grid(kind, prompts, items), grid(kind, prompts, items)
            x, y = before.mean(axis=1), after.mean(axis=1)
            both = np.cov(np.vstack([before, after]))
            squares, logit = anova(before), anova(pseudo_values(before))
            case = {
                "kind": kind,
                "before": before.tolist(),
                "after": after.tolist(),
                "covariance": both[:prompts, :prompts].ravel().tolist(),
                "cross": both[:prompts, prompts:].ravel().tolist(),
                "anova": squares,
                "interval": williams(squares["msPrompt"], squares["msResidual"], prompts, items),
                "logit": logit,
                "difference": anova(after - before),
                "pss": pss(before),
                "tau": None,
            }
            if prompts > 2:
                # Pitman-Morgan is the test of the correlation of sums and differences.
                r, p = stats.pearsonr(x + y, x - y)
                case["pitmanMorgan"] = {"t": float(r * np.sqrt((prompts - 2) / (1 - r * r))), "p": float(p)}
                tau = stats.kendalltau(x, y)
                case["tau"] = {"tau": float(tau.statistic), "p": float(tau.pvalue)}
            cases.append(case)
    return cases


def swap(x: np.ndarray, y: np.ndarray) -> float:
    x, y = x - x.mean(), y - y.mean()

    def statistic(a, b):
        return abs(np.log(np.var(a) / np.var(b)))

    observed = statistic(x, y)
    hits = 0
    for choice in itertools.product([False, True], repeat=len(x)):
        c = np.array(choice)
        hits += statistic(np.where(c, y, x), np.where(c, x, y)) >= observed - 1e-9
    return hits / 2 ** len(x)


def pairs() -> list[dict]:
    """Paired values, with and without ties."""
    cases = []
    for n, tied in [(3, False), (5, False), (5, True), (7, False), (7, True), (12, True), (20, False), (40, False)]:
        x = RNG.normal(size=n)
        y = 0.5 * x + RNG.normal(size=n)
        x, y = (np.round(x), np.round(y)) if tied else (np.round(x, 4), np.round(y, 4))
        tau = stats.kendalltau(x, y)
        rho = stats.spearmanr(x, y).statistic
        case = {
            "x": x.tolist(),
            "y": y.tolist(),
            "tau": {"tau": float(tau.statistic), "p": float(tau.pvalue)},
            "rho": float(rho),
            "trimmed": float(stats.trim_mean(y, 0.2)),
            "percentiles": [float(v) for v in np.percentile(y, [5, 25, 50, 95])],
        }
        if n <= 7:
            values = [abs(stats.spearmanr(x, np.array(order)).statistic) for order in itertools.permutations(y)]
            case["rhoP"] = float(np.mean(np.array(values) >= abs(rho) - 1e-9))
        if n <= 12:
            case["swap"] = swap(x, y)
        cases.append(case)
    return cases


def concordance() -> list[dict]:
    cases = []
    for raters, things, tied in [(3, 4, False), (4, 9, False), (5, 6, True), (16, 24, True)]:
        scores = RNG.normal(size=(1, things)) + RNG.normal(size=(raters, things))
        scores = np.round(scores) if tied else np.round(scores, 4)
        # Friedman's statistic, corrected for ties, is m (n - 1) W.
        statistic, p = stats.friedmanchisquare(*scores.T)
        spearman = np.mean([stats.spearmanr(a, b).statistic for a, b in itertools.combinations(scores, 2)])
        cases.append({"scores": scores.tolist(), "w": float(statistic / (raters * (things - 1))), "p": float(p),
                      "meanSpearman": None if tied else float(spearman)})
    return cases


def pooling() -> list[dict]:
    cases = []
    for k in [2, 5, 18]:
        effects, variances = RNG.normal(0.2, 0.4, size=k), RNG.uniform(0.01, 0.2, size=k)
        plain = combine_effects(effects, variances, method_re="chi2")
        adjusted = combine_effects(effects, variances, method_re="chi2", use_t=True)
        cases.append({
            "effects": effects.tolist(), "variances": variances.tolist(), "tau2": float(max(0, plain.tau2)),
            "q": float(plain.q), "i2": float(max(0, plain.i2)),
            "effect": float(plain.mean_effect_re) if plain.tau2 > 0 else float(plain.mean_effect_fe),
            "stderr": float(plain.sd_eff_w_re) if plain.tau2 > 0 else float(plain.sd_eff_w_fe),
            "hartung": float(adjusted.sd_eff_w_re_hksj) if plain.tau2 > 0 else float(adjusted.sd_eff_w_fe_hksj),
        })
    return cases


def evenly() -> list[dict]:
    """Equal weights: tau2 of Hedges and Olkin, the error of Hartung and Knapp with the floor of 1, and Welch's t."""
    rng = np.random.default_rng(20262)
    cases = []
    for k, spread in [(3, 0.4), (5, 0.05), (18, 0.4)]:
        effects, variances = rng.normal(0.2, spread, size=k), rng.uniform(0.01, 0.2, size=k)
        weights = np.full(k, 1 / k)
        mean = weights @ effects
        # The estimator of Hedges: E[sum (y - mean)^2] = (k - 1) (tau2 + mean of the variances).
        tau2 = max(0.0, ((effects - mean) ** 2).sum() / (k - 1) - variances.mean())
        plain = weights @ np.diag(variances + tau2) @ weights
        q = ((effects - mean) ** 2 / (tau2 + variances.mean())).sum() / (k - 1)
        stderr = float(np.sqrt(max(1.0, q) * plain))
        t, wide = stats.t.ppf(0.975, k - 1), stats.t.ppf(0.975, k - 2)
        most = max(0.0, effects.var(ddof=1) * (k - 1) / stats.chi2.ppf(0.2, k - 1) - variances.mean())
        half = max(wide * np.sqrt(tau2 + stderr**2), stats.norm.ppf(0.975) * np.sqrt(most + stderr**2))
        other = rng.normal(0.5, 0.3, size=k + 2)
        welch = stats.ttest_ind(other, effects, equal_var=False)
        ends = welch.confidence_interval(0.95)
        cases.append({
            "effects": effects.tolist(), "variances": variances.tolist(), "effect": float(mean), "stderr": stderr,
            "tau2": tau2, "i2": tau2 / (tau2 + variances.mean()), "interval": [mean - t * stderr, mean + t * stderr],
            "p": float(2 * stats.t.sf(abs(mean / stderr), k - 1)),
            "prediction": [mean - half, mean + half],
            "other": other.tolist(), "welch": {"p": float(welch.pvalue), "interval": [float(ends.low), float(ends.high)]},
        })
    return cases


def component_errors() -> list[dict]:
    """Variance of the change of the variance between prompts, by the whole matrix of both sides."""
    rng = np.random.default_rng(20263)
    cases = []
    for prompts, items in [(3, 20), (8, 60)]:
        ease = rng.random(items)
        pair = [(rng.random((prompts, items)) < np.clip(0.2 + 0.6 * ease + rng.normal(0, s, (prompts, 1)), 0, 1)).astype(float)
                for s in (0.05, 0.2)]
        centre = np.eye(prompts) - 1 / prompts
        both = np.kron(np.eye(2), centre)
        noise = both @ (np.cov(np.vstack(pair)) / items) @ both
        z = both @ np.vstack(pair).mean(axis=1)
        d = np.diag(np.repeat([-1.0, 1.0], prompts))
        squares = np.trace(d @ noise @ d @ noise)
        along = z @ d @ noise @ d @ z
        cases.append({"before": pair[0].tolist(), "after": pair[1].tolist(),
                      "error": float((2 * squares + 4 * max(0.0, along - squares)) / (prompts - 1) ** 2)})
    return cases


def holm() -> list[dict]:
    cases = []
    for k in [1, 4, 18]:
        p = np.round(RNG.random(k) ** 3, 4)
        cases.append({"p": p.tolist(), "adjusted": [float(v) for v in multipletests(p, method="holm")[1]]})
    return cases


def axes() -> dict:
    """6 x 2 x 2 crossed means: components from the mean squares of statsmodels and their textbook expectations."""
    rows = [(a, b, c) for c in range(2) for b in range(2) for a in range(6)]
    means = np.array([0.5 + 0.1 * np.sin(7 * a) + 0.05 * b - 0.02 * c + RNG.normal(scale=0.03) for a, b, c in rows])
    frame = pd.DataFrame(rows, columns=["a", "b", "c"]).assign(y=means)
    ms = anova_lm(ols("y ~ (C(a) + C(b) + C(c)) ** 2", frame).fit())["mean_sq"]
    rest = ms["Residual"]
    components = {
        "a x b": (ms["C(a):C(b)"] - rest) / 2, "a x c": (ms["C(a):C(c)"] - rest) / 2,
        "b x c": (ms["C(b):C(c)"] - rest) / 6, "rest": rest,
        "a": (ms["C(a)"] - ms["C(a):C(b)"] - ms["C(a):C(c)"] + rest) / 4,
        "b": (ms["C(b)"] - ms["C(a):C(b)"] - ms["C(b):C(c)"] + rest) / 12,
        "c": (ms["C(c)"] - ms["C(a):C(c)"] - ms["C(b):C(c)"] + rest) / 12,
    }
    # Unbalanced: MINQUE(0) of two axes, written out.
    kept = [i for i in range(24) if i not in (0, 5, 7, 16, 20)]
    y, codes = means[kept], [[rows[i][axis] for i in kept] for axis in range(2)]
    n = len(kept)
    centre = np.eye(n) - 1 / n
    same = [np.equal.outer(np.array(code), np.array(code)).astype(float) for code in codes]
    forms = [centre @ s @ centre for s in [same[0], same[1], same[0] * same[1], np.eye(n)]]
    system = [[np.trace(f @ g) for g in forms] for f in forms]
    # Noise with a covariance of its own.
    root = RNG.normal(size=(n, n)) * 0.02
    noise = root @ root.T
    solved = np.linalg.solve(system, [y @ f @ y - np.trace(f @ noise) for f in forms])
    return {
        "rows": rows, "means": means.tolist(), "components": {k: float(v) for k, v in components.items()},
        "kept": kept, "noise": noise.ravel().tolist(), "unbalanced": [float(v) for v in solved],
    }


def distributions() -> list[dict]:
    out = []

    def add(name, args, value):
        out.append({"name": name, "args": [float(a) for a in args], "value": float(value)})

    for df in [1, 2, 5, 23, 119, 5000]:
        for t in [-40, -5.75, -1, 0, 0.3, 1.96, 9]:
            add("tTwoSided", [t, df], 2 * stats.t.sf(abs(t), df))
        for p in [1e-6, 0.025, 0.3, 0.5, 0.975, 0.9999]:
            add("tInverse", [p, df], stats.t.ppf(p, df))
        for x in [0.001, 0.5, 5, 23, 60]:
            add("chiSquareAbove", [x, df], stats.chi2.sf(x, df))
        for df2 in [3, 49, 23 * 49, 23 * 9999]:
            for x in [0.01, 0.5, 1, 2, 7.58, 50]:
                add("fAbove", [x, df, df2], stats.f.sf(x, df, df2))
            for p in [1e-4, 0.025, 0.5, 0.975, 0.999]:
                add("fInverse", [p, df, df2], stats.f.ppf(p, df, df2))
    for z in [-30, -3, -1, 0, 0.2, 5]:
        add("normalTwoSided", [z], 2 * stats.norm.sf(abs(z)))
        add("normalBelow", [z], stats.norm.cdf(z))
    for p in [1e-6, 0.025, 0.5, 0.8, 0.999]:
        add("normalInverse", [p], stats.norm.ppf(p))
    return out


def wilson():
    cases = [(0, 50), (1, 50), (5, 10), (37, 50), (50, 50), (333, 1000), (0, 1), (1, 1)]
    ends = [proportion_confint(right, n, method="wilson") for right, n in cases]
    return [{"right": right, "n": n, "low": float(low), "high": float(high)} for (right, n), (low, high) in zip(cases, ends)]


def finite(value):
    """NaN and infinities, which JSON does not have, as null."""
    if isinstance(value, dict):
        return {key: finite(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [finite(entry) for entry in value]
    return None if isinstance(value, float) and not np.isfinite(value) else value


def main() -> None:
    versions = {"python": platform.python_version(), "numpy": np.__version__, "scipy": scipy.__version__,
                "statsmodels": statsmodels.__version__}
    parts = {"grids": grids(), "pairs": pairs(), "concordance": concordance(), "pooling": pooling(), "evenly": evenly(),
             "component_errors": component_errors(), "holm": holm(), "axes": [axes()], "distributions": distributions(), "wilson": wilson()}
    body = ",\n".join(
        f' "{name}": [\n' + ",\n".join("  " + json.dumps(finite(case)) for case in cases) + "\n ]" for name, cases in parts.items()
    )
    Path(__file__).with_name("metrics.json").write_text(
        f'{{\n "versions": {json.dumps(versions)},\n{body}\n}}\n', encoding="utf-8"
    )


if __name__ == "__main__":
    main()
