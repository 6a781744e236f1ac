#!/usr/bin/env bash
# Puts ts-mls, what serves over it, and all that they need into a folder.
#
#   install.sh FOLDER
#
# package-lock.json says what is taken: names, versions and hashes. npm takes it from
# its cache, or else from its registry; nothing that is taken is run here. Exit code 3
# if there is no node or no registry.
set -euo pipefail
readonly here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd) folder=$1
readonly oldest=20 # the major version of node

for tool in node npm; do
	command -v "$tool" >/dev/null || {
		echo "there is no $tool"
		exit 3
	}
done
major=$(node --version | sed 's/^v\([0-9]*\).*/\1/')
((major >= oldest)) || {
	echo "node has version $major, and $oldest is needed"
	exit 3
}

mkdir -p "$folder"
cp -R "$here"/*.mjs "$here/calls" "$here/package.json" "$here/package-lock.json" "$folder"
cd "$folder"
npm ci --ignore-scripts --prefer-offline --no-audit --no-fund --fetch-retries 1 --loglevel error >npm.log 2>&1 || {
	cat npm.log
	grep -Eq 'ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ERR_SOCKET_TIMEOUT|ENETUNREACH|EHOSTUNREACH|ENOTCACHED|E50[0-9]' npm.log && exit 3
	exit 1
}
