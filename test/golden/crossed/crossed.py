"""Writes crossed.json: inference for crossed prompt designs, by plain matrices in numpy and scipy.

Run `python crossed.py` in this folder; the versions used are in the file. Everything is written from the definitions:
dense projection matrices, root finding by Brent, one million draws for the pivot.
"""

import json
import platform

import numpy as np
import scipy
from scipy import linalg, optimize, stats

Z = np.linspace(-8, 8, 801)
WEIGHTS = np.exp(-Z * Z / 2)
WEIGHTS /= WEIGHTS.sum()


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def logit_normal_sd(mu, s):
    if s == 0:
        return 0.0
    centre = optimize.brentq(lambda c: WEIGHTS @ sigmoid(c + s * Z) - mu, -80, 80, xtol=1e-14)
    return float(np.sqrt(WEIGHTS @ (sigmoid(centre + s * Z) - mu) ** 2))


def logit_sd(mu, sd):
    if sd <= 0:
        return 0.0
    if sd >= logit_normal_sd(mu, 8.0):
        return float("inf")
    return float(optimize.brentq(lambda s: logit_normal_sd(mu, s) - sd, 0, 8, xtol=1e-13))


def onehot(labels):
    names = list(dict.fromkeys(labels))
    return np.array([[label == name for name in names] for label in labels], float)


def reference(before, after, wording, cell, rng, draws=1_000_000):
    wording, cell = list(wording), list(cell)
    P, I = before.shape
    G, L = onehot(wording), onehot(cell)
    W, C = G.shape[1], L.shape[1]
    B = np.eye(P) - L @ np.linalg.inv(L.T @ L) @ L.T
    df, n = P - C, I - 1
    x = np.array([before.mean(1), after.mean(1)])
    S = np.cov(np.vstack([before, after])) / I
    block = lambda M, j, k: M[j * P : (j + 1) * P, k * P : (k + 1) * P]
    BB = linalg.block_diag(B, B)
    H = BB @ S @ BB
    z = x @ B
    V = z @ z.T / df
    N = np.array([np.trace(block(H, k, k)) / df for k in (0, 1)])
    c = np.diag(V) - N
    out = {"variance": np.diag(V), "shared": V[0, 1], "noise": N, "component": c}

    # Degrees of freedom of blocks.
    a = b = 0.0
    if W == P:
        sizes = L.sum(0) - 1
        for k in (0, 1):
            v = (z[k] ** 2 @ L) / sizes
            part = (v**2 / (sizes + 2)).sum()
            a, b = a + max(0, v.sum() ** 2 - 2 * part), b + part
        nu_w = float(np.clip(a / b, sizes.min(), df))
    else:
        m = W - 1
        for k in (0, 1):
            rows = np.array(
                [[z[k][p] for p in sorted(range(P), key=lambda p: cell[p]) if wording[p] == w] for w in dict.fromkeys(wording)]
            )
            omega = np.atleast_2d(np.cov(rows.T))
            trace, squares = np.trace(omega), (omega**2).sum()
            part = m * m / ((m - 1) * (m + 2)) * (squares - trace**2 / m)
            a, b = a + max(0, trace**2 - 2 * part / m), b + part
        nu_w = float(df if b <= 0 else np.clip(m * a / b, m, df))
    out["block_df"] = nu_w

    # Noise that wordings share.
    diagonal = np.diag(H)
    U = n * n / ((n - 1) * (n + 2)) * (H**2 - np.outer(diagonal, diagonal) / n)
    other = 1 - np.tile(G @ G.T, (2, 2))
    flat = z.ravel()
    lin = np.outer(flat, flat) * H
    q = np.array([(block(U * other, k, k)).sum() for k in (0, 1)]) / df**2
    line = np.array([(block(lin * other, k, k)).sum() for k in (0, 1)]) / df**2
    every = np.array([block(U, k, k).sum() for k in (0, 1)]) / df**2
    sign = np.kron([[1, -1], [-1, 1]], np.ones((P, P)))
    qd, ld = (U * other * sign).sum() / df**2, (lin * other * sign).sum() / df**2
    extra = max(0.0, 4 * (ld - qd) + 2 * qd)
    core = 2 * (V[0, 0] ** 2 + V[1, 1] ** 2 - 2 * V[0, 1] ** 2)
    nu_d = max(1.5, core / (core / nu_w + extra))
    out |= {"squares": q, "linear": line, "all": every, "extra": extra, "difference_df": nu_d}

    # One side.
    intervals, p_side = [], []
    for k in (0, 1):
        v = V[k, k]
        top = np.linalg.eigvalsh(block(H, k, k))[-1] / df
        tau = np.clip((line[k] - q[k]) / (v - N[k]) if v > N[k] else q[k] / N[k], 0, top)
        noise_df = n * np.clip(N[k] ** 2 / every[k], 1, df) if every[k] > 0 else n * df

        def below(s2, k=k, v=v, tau=tau, noise_df=noise_df):
            total = s2 + N[k]
            d = max(0.5, 2 * total**2 / (2 * total**2 / nu_w + 4 * s2 * tau + 2 * max(0, q[k])))
            return stats.f.cdf(v / total, d, min(1e7, noise_df * (total / N[k]) ** 2))

        solve = lambda t: 0.0 if below(0) <= t else optimize.brentq(lambda s: below(s) - t, 0, 400 * v, xtol=1e-15)
        intervals.append([np.sqrt(solve(0.975)), np.sqrt(solve(0.025))])
        p_side.append(1 - below(0))
    gate = min(1, 2 * min(p_side))
    mu = (x.mean(1) * P * I + 0.5) / (P * I + 1)
    out |= {"interval": intervals, "p_no_effect": p_side, "gate": gate, "level": mu}

    # Presentations, by orthonormal contrasts.
    beside = np.zeros(2)
    if C > 1:
        helmert = -linalg.helmert(C)
        c_w = (L @ np.linalg.inv(L.T @ L) @ helmert.T).T
        m = C - 1
        same = G @ G.T
        stack = linalg.block_diag(c_w, c_w)
        item = stack @ S @ stack.T
        own = stack @ (S * np.tile(same, (2, 2))) @ stack.T
        if W < P:
            u = np.vstack([(c_w * z[k]) @ G for k in (0, 1)])
            between, k_df = W / (W - 1) * u @ u.T, W - 1
        else:
            between, k_df = np.zeros((2 * m, 2 * m)), P - C
            for l in range(C):
                members = L[:, l] == 1
                size = members.sum()
                within = np.cov(z[:, members]) / size
                between += np.kron(within, np.outer(helmert[:, l], helmert[:, l]))
        K = between + item - own
        for r in range(2 * m):
            K[r, r] = max(K[r, r], item[r, r], between[r, r] / 2)
        scale = np.sqrt(np.outer(np.diag(K), np.diag(K)))
        K = np.where(np.eye(2 * m) == 1, K, np.clip(K, -0.999 * scale, 0.999 * scale))
        h = np.concatenate([c_w @ x[0], c_w @ x[1]])
        variance = (h.reshape(2, m) ** 2).sum(1) / C
        chance = np.diag(K).reshape(2, m).sum(1) / C
        beside = np.maximum(0, variance - chance)
        p_cells = []
        for k in (0, 1):
            hk, Kk = h[k * m : (k + 1) * m], K[k * m : (k + 1) * m, k * m : (k + 1) * m]
            rest = k_df - m + 1
            definite = np.linalg.eigvalsh(Kk)[0] > 0
            p_cells.append(float(stats.f.sf(hk @ np.linalg.solve(Kk, hk) * rest / (k_df * m), m, rest)) if definite else 1.0)
        out |= {
            "contrasts": h,
            "contrast_covariance": K,
            "contrast_items": np.diag(item),
            "contrast_df": k_df,
            "p_presentations": p_cells,
            "total": c + variance - chance,
        }

    # Logits.
    total = np.maximum(0, c) + beside
    s_total = [logit_sd(mu[k], np.sqrt(total[k])) for k in (0, 1)]
    common = max(0.1, np.sqrt((min(s_total[0], 8) ** 2 + min(s_total[1], 8) ** 2) / 2))
    secants = np.array([common / logit_normal_sd(mu[k], common) for k in (0, 1)])
    s_within = [np.sqrt(max(0, c[k]) / total[k]) * s_total[k] if total[k] > 0 else 0.0 for k in (0, 1)]
    out |= {"logit_total": s_total, "logit_within": s_within, "secants": secants}

    def signs(e):
        patterns = 1 - 2 * ((np.arange(2 ** len(e))[:, None] >> np.arange(len(e))) & 1)
        return float((np.abs(patterns @ e) >= abs(e.sum()) - 1e-9 * np.abs(e).sum()).mean())

    e = P / df * ((z[1] * secants[1]) ** 2 - (z[0] * secants[0]) ** 2) - (N[1] * secants[1] ** 2 - N[0] * secants[0] ** 2)
    e = e @ G * W / P
    out |= {"excess": e, "p_flips": signs(e) if W <= 12 else None}

    # Level change.
    change = after - before
    d, D = change.mean(1), B @ np.cov(change) @ B / I
    M = G.T @ B @ G
    q_df = np.trace(M) ** 2 / (M**2).sum()
    factor = (G.sum(0) ** 2).sum() / (M**2).sum() / P**2
    A = factor * ((B @ d @ G) ** 2).sum()
    noise = factor * np.trace(G.T @ D @ G)
    rows = change.mean(0).var(ddof=1) / I
    v = max(rows, A + rows - noise)
    level_df = max(min(q_df, n), v**2 / (A**2 / q_df + rows**2 / n + noise**2 / (q_df * n)))
    if W < 12:
        level_df = min(q_df, n)
    out |= {
        "level_change": d.mean(),
        "level_item_stderr": np.sqrt(rows),
        "level_wording_stderr": np.sqrt(v),
        "level_df": level_df,
    }

    # Pivot by draws.
    cb, ca = [], []
    sums = [V[0, 0] + V[1, 1] + 2 * V[0, 1], V[0, 0] + V[1, 1] - 2 * V[0, 1]]
    for first in (0, 1):
        R = np.array([[sums[first], V[1, 1] - V[0, 0]], [V[1, 1] - V[0, 0], sums[1 - first]]]) * nu_d
        l11 = np.sqrt(R[0, 0])
        l21 = R[1, 0] / l11
        l22 = np.sqrt(max(0, R[1, 1] - l21**2))
        a11 = np.sqrt(rng.chisquare(nu_d, draws // 2))
        a22 = np.sqrt(rng.chisquare(max(nu_d - 1, 0.5), draws // 2))
        t11, t22 = l11 / a11, l22 / a22
        t21 = (l21 - t22 * rng.standard_normal(draws // 2)) / a11
        mean, half = (t11**2 + t21**2 + t22**2) / 4, t11 * t21 / 2
        cb.append(mean - half - N[0])
        ca.append(mean + half - N[1])
    cb, ca = np.concatenate(cb), np.concatenate(ca)
    grid = np.concatenate([[0], np.geomspace(0.005, 8, 400)])
    tables = [np.array([logit_normal_sd(mu[k], s) for s in grid]) for k in (0, 1)]

    def to_logit(k, value, extra):
        t = np.maximum(0, value) + extra
        return np.sqrt(np.maximum(0, value) / np.maximum(t, 1e-300)) * np.interp(np.sqrt(t), tables[k], grid)

    def tail(difference):
        return float(min(1, 2 * min((difference >= 0).mean(), (difference <= 0).mean())))

    def compare(b_, a_, extra):
        sb, sa = to_logit(0, b_, extra[0]), to_logit(1, a_, extra[1])
        square = np.where(a_ < 0, a_ * secants[1] ** 2, sa**2) - np.where(b_ < 0, b_ * secants[0] ** 2, sb**2)
        return tail(square), np.percentile(sa - sb, [2.5, 97.5])

    out["pivot_p_probability"] = tail(ca - cb)
    sd = np.sqrt(np.maximum(0, ca)) - np.sqrt(np.maximum(0, cb))
    out["pivot_change_probability"] = np.percentile(sd, [2.5, 97.5])
    out["pivot_p_logit"], out["pivot_change_logit"] = compare(cb, ca, beside)
    if C > 1:
        t = rng.standard_normal((len(cb), 2 * m)) / np.sqrt(rng.chisquare(k_df, len(cb)) / k_df)[:, None]
        values, vectors = np.linalg.eigh(K)
        root = vectors * np.sqrt(np.maximum(0, values))
        hs = h - t @ root.T
        tb = cb + (hs[:, :m] ** 2).sum(1) / C
        ta = ca + (hs[:, m:] ** 2).sum(1) / C
        out["total_p_probability"] = tail(ta - tb)
        out["total_p_logit"], out["total_change_logit"] = compare(tb, ta, np.zeros(2))
    return out


def plain(value):
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [plain(one) for one in value]
    return None if value is None else float(f"{value:.12g}")


def bits(rows):
    return np.array([[int(c) for c in row] for row in rows.split(";")], float)


def text(grid):
    return ";".join("".join(str(int(v)) for v in row) for row in grid)


def drawn(rng, wording, cell, items, sds, mus):
    P = len(wording)
    names, cells = list(dict.fromkeys(wording)), list(dict.fromkeys(cell))
    base = rng.standard_normal(len(names))
    ability = rng.standard_normal(items)
    out = []
    for sd, mu in zip(sds, mus):
        effect = sd * (0.5 * base + 0.87 * rng.standard_normal(len(names)))
        shift = rng.standard_normal(len(cells)) * 0.4
        logits = mu + np.array([effect[names.index(w)] for w in wording]) + np.array([shift[cells.index(l)] for l in cell])
        p = sigmoid(logits[:, None] + ability[None, :] + 0.7 * rng.standard_normal((P, items)))
        out.append((rng.random((P, items)) < p).astype(float))
    return out


if __name__ == "__main__":
    small = (
        bits("110110111101;100110011011;110100000000;010111010000;010000000000;010010000110;110110011010;111110001000"),
        bits("110110011001;111110011101;110100101110;110000001110;001110011000;010110001010;111111011101;011010110000"),
    )
    rng = np.random.default_rng(14)
    cases = {
        "8 x 12, one presentation": (*small, range(8), [0] * 8),
        "8 x 12, each wording in one of two presentations": (*small, range(8), [p % 2 for p in range(8)]),
        "8 x 12, four wordings in two presentations": (*small, [p // 2 for p in range(8)], [p % 2 for p in range(8)]),
    }
    for name, wording, cell, mus in (
        ("6 wordings x 2 presentations x 2 draws", [p // 4 for p in range(24)], [p % 4 for p in range(24)], (0.2, 0.6)),
        ("24 wordings in two presentations", range(24), [p % 2 for p in range(24)], (0.2, 1.5)),
        ("24 wordings in three presentations near the floor", range(24), [p % 3 for p in range(24)], (-2.5, -2)),
        ("12 wordings in two presentations", [p // 2 for p in range(24)], [p % 2 for p in range(24)], (0, 0)),
    ):
        grids = drawn(rng, list(wording), cell, 40, (0.5, 1.1), mus)
        cases[name] = (*grids, wording, cell)
    document = {
        "versions": {"python": platform.python_version(), "numpy": np.__version__, "scipy": scipy.__version__},
        "logit_normal": [
            {"mean": m, "logit_sd": s, "sd": logit_normal_sd(m, s)}
            for m in (0.02, 0.05, 0.3, 0.5, 0.8, 0.97)
            for s in (0.05, 0.4, 1.0, 2.5, 6.0)
        ],
        "cases": [
            {
                "name": name,
                "before": text(b),
                "after": text(a),
                "wording": [int(w) for w in wording],
                "presentation": list(cell),
                "expected": plain(reference(b, a, wording, cell, rng)),
            }
            for name, (b, a, wording, cell) in cases.items()
        ],
    }
    with open("crossed.json", "w") as file:
        json.dump(document, file, indent=1)
        file.write("\n")
