"""Which pre-trained network to fine-tune: candidates, evidence of their frozen features, a race, an answer."""
