#!/bin/sh
# Makes the two secrets of compose.yaml, once: a password for the database, and the address the shop reaches it at.
# The shop runs as user 10001 in its containers, and that user alone may read them.
set -eu
umask 077
cd "$(dirname "$0")"
mkdir -p secrets
chmod 711 secrets
if [ -e secrets/database ]; then
    echo 'deploy/secrets is filled already; nothing was changed.'
    exit 0
fi
password=$(head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \n')
printf '%s' "$password" > secrets/database_password
printf 'postgresql+asyncpg://mika:%s@database/mika' "$password" > secrets/database
chmod 400 secrets/database secrets/database_password
if [ "$(id -u)" = 0 ]; then
    chown 10001:10001 secrets/database
else
    echo 'Run as root, or: sudo chown 10001:10001 deploy/secrets/database'
fi
echo 'deploy/secrets holds the password of the database.'
