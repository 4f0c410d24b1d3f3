"""The library: one module and function per use case (``optimize.run``, ``optimize.check``).

Nothing is imported here, so that ``check`` does not pay for what a trial needs.
"""
