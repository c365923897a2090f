import os
import signal

for shard in range(4):
    print("index: shard", shard, flush=True)
    if shard == 2:
        # as the kernel does when memory runs out
        os.kill(os.getpid(), signal.SIGKILL)
