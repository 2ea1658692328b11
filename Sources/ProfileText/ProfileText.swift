// The room ProfileText.
