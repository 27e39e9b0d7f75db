#!/bin/sh
# Makes the secrets that compose.yml hands to its services, in docker/secrets; those that are there stay as they are.
set -eu
cd "$(dirname "$0")"
# Compose shows the files to users of the containers as they are: all may read them, but only the owner reaches them here.
mkdir -p -m 700 secrets
cd secrets
umask 022

keep() { [ -s "$1" ] || printf '%s' "$2" > "$1"; }
random() { head -c 24 /dev/urandom | od -An -v -tx1 | tr -d ' \n'; }

keep database-password "$(random)"
keep redis-password "$(random)"
keep secret-key "$(random)"
keep admin-key "$(random)"
keep database-url "postgres://gateway:$(cat database-password)@postgres:5432/gateway?sslmode=disable"
keep redis-url "redis://:$(cat redis-password)@redis:6380"
