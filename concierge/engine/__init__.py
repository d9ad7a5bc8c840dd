"""Any flow: declare it, check its graph, run it over sets of cases, explain refusals, draw it.

The engine knows no benefit, no payment and no care request; it knows cases, states, steps, holders and clocks.
"""
