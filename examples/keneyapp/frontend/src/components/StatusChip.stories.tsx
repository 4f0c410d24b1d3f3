import type { Meta, StoryObj } from '@storybook/react-vite';

import { StatusChip } from './StatusChip';

const meta: Meta<typeof StatusChip> = { component: StatusChip };
export default meta;

type Story = StoryObj<typeof StatusChip>;

export const Scheduled: Story = { args: { status: 'scheduled' } };
export const NoShow: Story = { args: { status: 'no_show' } };
export const Stopped: Story = { args: { status: 'stopped' } };
