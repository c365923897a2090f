def cost( kilos ):
    return {'kilos':kilos,
      'rate':4}
