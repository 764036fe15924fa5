"""What a class needs: assignments, exercises, grading, explanations."""
