"""What kept features say of the targets: an exact linear probe, neighbours, evidence; no network is trained."""
