#!/bin/sh
# Let an untouched default server listen on IPv6, too.
set -e

conf=/etc/nginx/conf.d/default.conf
[ -f /proc/net/if_inet6 ] || exit 0
[ -w "$conf" ] || exit 0
grep -q '^    listen       80;$' "$conf" || exit 0
! grep -q 'listen  \[::\]:80;' "$conf" || exit 0
[ "$(md5sum < "$conf")" = "$(md5sum < /usr/share/nginx/default.conf)" ] || exit 0
sed -i 's,listen       80;,listen       80;\n    listen  [::]:80;,' "$conf" || exit 0
