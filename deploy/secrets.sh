#!/bin/sh
# Print .env.example with a random text in place of every value that is empty.
#   sh deploy/secrets.sh > .env
set -eu
umask 077
cd "$(dirname "$0")/.."
while IFS= read -r line; do
  case $line in
    FLOWER_AUTH=) printf 'FLOWER_AUTH=energy:%s\n' "$(od -An -N24 -tx1 /dev/urandom | tr -d ' \n')" ;;
    [A-Z]*=) printf '%s%s\n' "$line" "$(od -An -N24 -tx1 /dev/urandom | tr -d ' \n')" ;;
    *) printf '%s\n' "$line" ;;
  esac
done < .env.example
