-- Why a target can't be opened for anybody (`payments.ports.chat.Blocked`), since when, and when the contact was told
-- last; all NULL while it can. What opens such a target is not sold.
ALTER TABLE target ADD COLUMN fault TEXT;
ALTER TABLE target ADD COLUMN fault_detail TEXT;
ALTER TABLE target ADD COLUMN fault_at BIGINT;
ALTER TABLE target ADD COLUMN fault_told_at BIGINT;
