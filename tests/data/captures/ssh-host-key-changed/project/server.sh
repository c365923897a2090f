# an sshd of our own on the loopback address, stopped at the end of the step
mkdir -p /run/sshd && mount --bind hosts /etc/hosts
rm -rf /builds/ssh && mkdir -p /builds/ssh
ssh-keygen -q -t ed25519 -N '' -f /builds/ssh/host
ssh-keygen -q -t ed25519 -N '' -f /builds/ssh/other
/usr/sbin/sshd -D -f /dev/null -p 8022 -o ListenAddress=127.0.0.1 -h /builds/ssh/host -o PidFile=none \
	-o PasswordAuthentication=no -o KbdInteractiveAuthentication=no >/dev/null 2>&1 &
trap "kill $!; rm -rf /builds/ssh" EXIT
sleep 1
