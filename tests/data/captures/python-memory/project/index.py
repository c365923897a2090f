def load(count):
    shards = []
    for number in range(count):
        print("index: shard", number, flush=True)
        shards.append(bytearray(64 << 20))
    return shards


load(16)
