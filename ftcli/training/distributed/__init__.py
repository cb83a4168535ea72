"""Training in several processes: one group, by DDP or FSDP2."""
