"""Safety: toxicity by CTCAE v5.0, treatment emergence, cytokine release, cytopenia and stopping rules."""
