"""The yearly survey (一(三)): both rates by street_town, the work list, visit lists, holdouts and their cases."""
