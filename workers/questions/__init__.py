"""What a worker is asked while somebody waits, and how long an answer is kept.

`ask` asks a `Question`; one module for each subject. The answers are made in `workers.answers`.
"""

from workers.questions.question import Question, ask, keep_answer, outcome

__all__ = ["Question", "ask", "keep_answer", "outcome"]
