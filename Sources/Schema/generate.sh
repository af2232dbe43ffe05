#!/bin/sh
# Generates Sources/Schema/Generated and adds new event types to Sources/Schema/catalogue.tsv.
# The same .proto files give the same bytes. Needs Debian's protobuf-compiler.
#
# `generate.sh --check` changes nothing and fails when the generated code isn't what the .proto
# files say.
set -eu
cd "$(dirname "$0")/../.."
release=0.1.0

command -v protoc >/dev/null || {
  echo "protoc is missing; install it with: apt-get install protobuf-compiler" >&2
  exit 1
}
swift build --product protoc-gen-swift >&2
swift build --product SchemaGenerator >&2
binaries=$(swift build --show-bin-path)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/Generated"
cp Sources/Schema/catalogue.tsv "$work/catalogue.tsv" 2>/dev/null || true

cd Sources/Schema/proto
files=$(find deed umadb -name '*.proto' | LC_ALL=C sort)
# options.proto holds nothing but the mark "personal": no code comes of it.
coded=$(echo "$files" | grep -v '^deed/options.proto$')
# shellcheck disable=SC2086
protoc -I. --include_imports --descriptor_set_out="$work/set.bin" $files
# shellcheck disable=SC2086
protoc -I. --plugin="$binaries/protoc-gen-swift" --swift_out="$work/Generated" \
  --swift_opt=Visibility=Package,FileNaming=DropPath $coded
cd ../../..
sha256=$(sha256sum "$work/set.bin" | cut -d' ' -f1)
"$binaries/SchemaGenerator" \
  "$work/set.bin" "$sha256" "$work/catalogue.tsv" "$release" "$work/Generated"

if [ "${1:-}" = --check ]; then
  diff -r "$work/Generated" Sources/Schema/Generated >&2 &&
    diff "$work/catalogue.tsv" Sources/Schema/catalogue.tsv >&2 || {
    echo "Sources/Schema/Generated differs from its source; run make schema" >&2
    exit 1
  }
  exit 0
fi
mkdir -p Sources/Schema/Generated
rm -f Sources/Schema/Generated/*
cp "$work"/Generated/* Sources/Schema/Generated/
cp "$work/catalogue.tsv" Sources/Schema/catalogue.tsv
