int meter(int pulses)
{
    int unused;
    return pulses * conversion_rate;
}
