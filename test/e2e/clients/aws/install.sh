#!/usr/bin/env bash
# Lays what the tests of AWS use and Debian has not: PyPI's packages, and the clients in Go and Java with their SDKs.
# Says what could not be had; the tests skip it.
set -uo pipefail
cd "$(dirname "$0")"
to=$(cd ../../../.. && pwd)/node_modules
log=$(mktemp -d)
trap 'rm -rf "$log"' EXIT

lay_python() {
  timeout 240 /usr/bin/python3 -m pip install --quiet --no-compile --target "$to/.python-aws" \
    boto3==1.44.5 awscli==1.46.3 'moto[server]==5.2.5'
}

build_go() {
  cd go && timeout 300 env GOTOOLCHAIN=local go build -o "$to/.aws-go/client" .
}

build_java() {
  cd java &&
    timeout 200 mvn -B -q org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies \
      -DincludeScope=runtime "-DoutputDirectory=$to/.aws-java/jars" &&
    timeout 100 javac -d "$to/.aws-java/classes" -cp "$to/.aws-java/jars/*" Client.java
}

lay() {
  "$1" >"$log/$1" 2>&1 && return
  printf 'not installed: %s: %s\n' "$1" "$(tail -n 1 "$log/$1")"
}

lay lay_python &
lay build_go &
lay build_java &
wait
