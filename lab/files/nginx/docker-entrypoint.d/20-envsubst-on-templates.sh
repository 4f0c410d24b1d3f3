#!/bin/sh
# Write /etc/nginx/templates/NAME.template, with variables of the environment filled in, as
# /etc/nginx/conf.d/NAME.
set -e

from=${NGINX_ENVSUBST_TEMPLATE_DIR:-/etc/nginx/templates}
suffix=${NGINX_ENVSUBST_TEMPLATE_SUFFIX:-.template}
to=${NGINX_ENVSUBST_OUTPUT_DIR:-/etc/nginx/conf.d}

[ -d "$from" ] || exit 0
# Only variables that are set are filled in, so that nginx's own ($uri and the like) stay.
names=$(awk 'BEGIN { for (name in ENVIRON) if (name ~ /^[A-Za-z_][A-Za-z0-9_]*$/) print name }' |
    grep -E "${NGINX_ENVSUBST_FILTER:-}" || true)
defined=$(for name in $names; do printf '${%s} ' "$name"; done)
if [ ! -w "$to" ]; then
    echo "$0: $from exists, but $to is not writable" >&2
    exit 0
fi
find "$from" -follow -type f -name "*$suffix" | while read -r template; do
    relative=${template#"$from/"}
    output=$to/${relative%"$suffix"}
    mkdir -p "$(dirname "$output")"
    echo "$0: running envsubst on $template to $output"
    envsubst "$defined" < "$template" > "$output"
done
