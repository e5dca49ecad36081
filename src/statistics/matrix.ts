/** Computes with small dense matrices, row-major in Float64Array. */

/** Multiplies a (n x n) by b (n x n). */
export function multiply(a: Float64Array, b: Float64Array, n: number): Float64Array {
  const out = new Float64Array(n * n);
  for (let r = 0; r < n; r++) {
    for (let k = 0; k < n; k++) {
      const value = a[r * n + k] as number;
      if (value === 0) continue;
      for (let c = 0; c < n; c++) {
        out[r * n + c] = (out[r * n + c] as number) + value * (b[k * n + c] as number);
      }
    }
  }
  return out;
}

/** Computes the trace of a times b, for symmetric b: the sum of the products of their entries. */
export function traceOfProduct(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

/** Computes v' a v. */
export function quadraticForm(a: Float64Array, v: Float64Array): number {
  const n = v.length;
  let sum = 0;
  for (let r = 0; r < n; r++) {
    let row = 0;
    for (let c = 0; c < n; c++) row += (a[r * n + c] as number) * (v[c] as number);
    sum += row * (v[r] as number);
  }
  return sum;
}

/** Sums matrices, each times its weight. */
export function combination(matrices: readonly Float64Array[], weights: ArrayLike<number>): Float64Array {
  const out = new Float64Array(matrices[0]?.length ?? 0);
  matrices.forEach((matrix, k) => {
    const weight = weights[k] as number;
    for (let i = 0; i < out.length; i++) out[i] = (out[i] as number) + weight * (matrix[i] as number);
  });
  return out;
}

/**
 * Returns the lower triangular L with L L' = matrix (n x n, a covariance); what rounding makes negative is taken for 0.
 */
export function lowerFactor(matrix: Float64Array, n: number): Float64Array {
  const lower = new Float64Array(n * n);
  for (let r = 0; r < n; r++) {
    for (let s = 0; s <= r; s++) {
      let value = matrix[r * n + s] as number;
      for (let k = 0; k < s; k++) value -= (lower[r * n + k] as number) * (lower[s * n + k] as number);
      const root = lower[s * n + s] as number;
      lower[r * n + s] = r === s ? Math.sqrt(Math.max(0, value)) : root === 0 ? 0 : value / root;
    }
  }
  return lower;
}

/** Inverts a (n x n) by Gauss-Jordan elimination with row exchanges. @returns null for a singular matrix */
export function inverse(a: ArrayLike<number>, n: number): Float64Array | null {
  const left = Float64Array.from(a);
  const right = new Float64Array(n * n);
  for (let i = 0; i < n; i++) right[i * n + i] = 1;
  const largest = left.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  for (let c = 0; c < n; c++) {
    let pivot = c;
    for (let r = c + 1; r < n; r++) {
      if (Math.abs(left[r * n + c] as number) > Math.abs(left[pivot * n + c] as number)) pivot = r;
    }
    const value = left[pivot * n + c] as number;
    if (Math.abs(value) <= 1e-12 * largest) return null;
    for (const matrix of [left, right]) {
      for (let k = 0; k < n; k++) {
        const [top, chosen] = [matrix[c * n + k] as number, matrix[pivot * n + k] as number];
        matrix[pivot * n + k] = top;
        matrix[c * n + k] = chosen / value;
      }
    }
    for (let r = 0; r < n; r++) {
      const factor = r === c ? 0 : (left[r * n + c] as number);
      if (factor === 0) continue;
      for (const matrix of [left, right]) {
        for (let k = 0; k < n; k++) {
          matrix[r * n + k] = (matrix[r * n + k] as number) - factor * (matrix[c * n + k] as number);
        }
      }
    }
  }
  return right;
}

/**
 * Computes eigenvalues and eigenvectors (the columns of `vectors`) of a small symmetric matrix (n x n) by Jacobi's
 * rotations. Source: Golub & Van Loan 2013, section 8.5.
 */
export function eigenOf(matrix: Float64Array, n: number): { values: Float64Array; vectors: Float64Array } {
  const a = Float64Array.from(matrix);
  const vectors = Float64Array.from({ length: n * n }, (_, at) => Number(Math.floor(at / n) === at % n));
  const size = Math.sqrt(traceOfProduct(a, a));
  for (let sweep = 0; sweep < 50; sweep++) {
    let off = 0;
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) {
        const entry = a[p * n + q] as number;
        off = Math.max(off, Math.abs(entry));
        if (entry === 0) continue;
        const theta = ((a[q * n + q] as number) - (a[p * n + p] as number)) / (2 * entry);
        const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.hypot(theta, 1));
        const cosine = 1 / Math.hypot(t, 1);
        const sine = t * cosine;
        for (let k = 0; k < n; k++) {
          rotate(a, k * n + p, k * n + q, cosine, sine);
          rotate(vectors, k * n + p, k * n + q, cosine, sine);
        }
        for (let k = 0; k < n; k++) rotate(a, p * n + k, q * n + k, cosine, sine);
      }
    }
    if (off <= 1e-15 * size) break;
  }
  return { values: Float64Array.from({ length: n }, (_, k) => a[k * n + k] as number), vectors };
}

function rotate(matrix: Float64Array, at: number, other: number, cosine: number, sine: number): void {
  const [x, y] = [matrix[at] as number, matrix[other] as number];
  matrix[at] = cosine * x - sine * y;
  matrix[other] = sine * x + cosine * y;
}
