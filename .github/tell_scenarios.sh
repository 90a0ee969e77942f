#!/usr/bin/env bash
# Runs scenarios as action.yml says: those that share a cloud by several workers, then those that need one alone.
# From the environment: SCENARIOS, SYSTEM, TARGET, GATEWAY, WORKERS, ARGS. The first argument is the Python to run.
set -euo pipefail

python=$1
read -r -a places <<<"$SCENARIOS"
[ -z "$SYSTEM" ] || places=("${places[0]}/$SYSTEM")
read -r -a more <<<"$ARGS"
options=(--rehearsal-target "$TARGET" --rehearsal-gateway "$GATEWAY" --rehearsal-artifacts artifacts)
mkdir -p artifacts
[ -z "${GITHUB_OUTPUT:-}" ] || echo "artifacts=$PWD/artifacts" >>"$GITHUB_OUTPUT"

failed=0 ran=0
tell() {
  local name=$1 code=0
  shift
  "$python" -m pytest "${places[@]}" "${options[@]}" --junitxml "artifacts/$name.xml" "$@" "${more[@]}" || code=$?
  # 5: pytest found no test of this kind.
  [ "$code" -eq 5 ] || ran=1
  [ "$code" -eq 0 ] || [ "$code" -eq 5 ] || failed=1
}

if [ "$WORKERS" -gt 1 ]; then
  tell junit -m "not alone" -n "$WORKERS" --dist worksteal
  tell junit-alone -m alone
else
  tell junit
fi
if [ "$ran" -eq 0 ]; then
  echo "::error::no scenario was chosen by: ${places[*]} ${more[*]}" >&2
  exit 1
fi
exit "$failed"
