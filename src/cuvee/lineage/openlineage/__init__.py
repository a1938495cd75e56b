"""OpenLineage: what runs read and made, told to a receiver that the administrator named."""
