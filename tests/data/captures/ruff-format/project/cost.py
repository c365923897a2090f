def cost( kilos ):
    return kilos*4
